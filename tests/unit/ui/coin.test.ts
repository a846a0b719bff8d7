import { describe, expect, it } from 'vitest';
import type { CoinRow } from '../../../src/store/rows.ts';
import { fitnessOf, inOrder, reasonOf, timeOfBlock } from '../../../src/ui/coin.ts';
import type { Sats } from '../../../src/units.ts';

const coin = (over: Partial<CoinRow>): CoinRow => ({
  id: `${'0'.repeat(64)}:0`,
  state: 'spendable',
  kind: 'arkoor',
  amount: 1000n as Sats,
  expiryHeight: 5000,
  exitDepth: 1,
  policyType: 'pubkey',
  keyIndex: 0,
  anchorTxid: '0'.repeat(64),
  createdAt: 0,
  ...over,
});
const tip = { height: 1000, at: 1_000_000 };
const at = (over: Partial<CoinRow>) => fitnessOf(coin(over), { coins: [], tip, maxExitDepth: 5 });

describe('a coin', () => {
  it('is good until two days before its end, then to be renewed soon, then it has run out', () => {
    expect(at({})).toBe('good');
    expect(at({ expiryHeight: 1289 })).toBe('good');
    expect(at({ expiryHeight: 1288 })).toBe('soon');
    expect(at({ expiryHeight: 1001 })).toBe('soon');
    expect(at({ expiryHeight: 1000 })).toBe('expired');
  });

  it('that lies as deep as the server allows must be renewed', () => {
    expect([at({ exitDepth: 4 }), at({ exitDepth: 5 })]).toEqual(['good', 'deep']);
  });

  it('that is held says by what, whatever its age', () => {
    expect(at({ state: 'locked', holder: 'ln_pay.a.1', expiryHeight: 1 })).toBe('locked');
    const reasons = ['ln_pay.a', 'ln_recv.a', 'arkoor.a', 'board.a', 'exit.a', 'never-heard', undefined].map(
      (holder) => reasonOf(coin({ holder })),
    );
    expect(reasons).toEqual([
      'coins.in-lightning',
      'coins.in-receipt',
      'coins.in-transfer',
      'coins.in-board',
      'coins.in-exit',
      'coins.in-other',
      'coins.in-other',
    ]);
  });

  it('is judged by nothing that is not known yet', () => {
    expect(fitnessOf(coin({ expiryHeight: 1, exitDepth: 99 }), { coins: [] })).toBe('good');
  });

  it('ends ten minutes a block from the newest one', () => {
    expect(timeOfBlock(1006, tip)).toBe(1_000_000 + 3_600_000);
    expect(timeOfBlock(994, tip)).toBe(1_000_000 - 3_600_000);
  });

  it('that ends first comes first, among equals the larger', () => {
    const coins = [
      coin({ id: 'a', expiryHeight: 9 }),
      coin({ id: 'b', expiryHeight: 5 }),
      coin({ id: 'c', expiryHeight: 9, amount: 2000n as Sats }),
    ];
    expect(inOrder(coins).map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  });
});
