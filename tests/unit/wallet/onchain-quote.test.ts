// What a payment to a bitcoin address costs, or the honest sentence why it cannot be made.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { openDexie } from '../../../src/store/dexie.ts';
import type { OnchainUtxoRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import { quoteOnchain } from '../../../src/wallet/onchain/quote.ts';
import { defaultConfig, type Deps, type WalletPorts } from '../../../src/wallet/ports.ts';

const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

async function withOutputs(...values: number[]): Promise<Deps> {
  const db = await openDexie('wallet', { indexedDB: new IDBFactory(), IDBKeyRange });
  await db.write(['onchainUtxos'], async (tx) => {
    for (const [i, value] of values.entries()) {
      const id = `${String(i + 1).repeat(64)}:0`;
      await tx.put<OnchainUtxoRow>('onchainUtxos', {
        id,
        value: sats(value),
        scriptIndex: i,
        height: 1,
        live: 1,
      });
    }
  });
  const feeRates = async () => ({ fast: 3, regular: 2, slow: 1 });
  return { ports: { db, chain: { feeRates } } as unknown as WalletPorts, config: defaultConfig('regtest') };
}

test('amount, miner’s fee and total add up', async () => {
  const { amount, fee, total, problem } = await quoteOnchain(
    await withOutputs(50_000),
    ADDRESS,
    sats(20_000),
  );
  expect([amount, problem]).toEqual([20_000n, undefined]);
  expect(fee).toBeGreaterThan(200n);
  expect(total).toBe(20_000n + fee!);
});

test('everything leaves nothing behind', async () => {
  const { total, problem } = await quoteOnchain(await withOutputs(50_000, 7_000), ADDRESS, 'all');
  expect([total, problem]).toEqual([57_000n, undefined]);
});

test('without on-chain bitcoin it says so, and that nothing arriving soon would help', async () => {
  const quote = await quoteOnchain(await withOutputs(), ADDRESS, sats(20_000));
  expect(quote.problem?.code).toBe('INSUFFICIENT_FUNDS');
  expect(quote.problem?.say).toContain('no bitcoin on-chain');
  expect(quote.shortBy).toBeUndefined();
});

test('with too little it says how much there is and what is missing', async () => {
  const quote = await quoteOnchain(await withOutputs(5_000), ADDRESS, sats(20_000));
  expect(quote.problem?.say).toContain('5000 sats');
  expect(quote.shortBy).toBeGreaterThan(15_000n);
});

test('an address of another network is refused', async () => {
  await expect(
    quoteOnchain(await withOutputs(5_000), '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', sats(1_000)),
  ).rejects.toThrow('WRONG_NETWORK');
});
