import { describe, expect, it } from 'vitest';
import type { CoinRow } from '../../../src/store/rows.ts';
import { dueCoins, fitnessOf, inOrder, reasonOf, renewalOf, timeOfBlock } from '../../../src/ui/coin.ts';
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

  it('that is renewed earlier is to be renewed soon earlier', () => {
    const purse = { coins: [], tip, maxExitDepth: 5, renewBlocks: 1008 };
    expect(fitnessOf(coin({ expiryHeight: 3016 }), purse)).toBe('soon');
    expect(fitnessOf(coin({ expiryHeight: 3017 }), purse)).toBe('good');
  });

  it('that another copy has spent says so, and can only be taken out through the chain', () => {
    expect(at({ state: 'locked', holder: 'elsewhere' })).toBe('elsewhere');
    expect(reasonOf(coin({ state: 'locked', holder: 'elsewhere' }))).toBe('coins.in-elsewhere');
    expect(reasonOf(coin({ state: 'locked', holder: 'anchor.ab' }))).toBe('coins.in-anchor');
  });

  it('is due when it is near its end or too deep, unless it is being renewed or part of something', () => {
    const coins = [
      coin({ id: 'far' }),
      coin({ id: 'near', expiryHeight: 1100 }),
      coin({ id: 'deep', exitDepth: 5 }),
      coin({ id: 'over', expiryHeight: 900 }),
      coin({ id: 'renewing', expiryHeight: 1100 }),
      coin({ id: 'paying', expiryHeight: 1100, state: 'locked', holder: 'ln_pay.x' }),
      coin({ id: 'htlc', expiryHeight: 1100, policyType: 'server-htlc-send' }),
    ];
    const renewal = { actionId: 'round.a', inputs: ['renewing'], step: 'submitted' } as never;
    const purse = { coins, tip, maxExitDepth: 5, renewals: [renewal] };
    expect(dueCoins(purse).map((c) => c.id)).toEqual(['near', 'deep', 'over']);
    expect(renewalOf(coins[4]!, purse)?.actionId).toBe('round.a');
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
