// The on-chain wallet against a devnet: payments, speeding up, reorganisations, and boards through all of it.
import { Transaction } from '@scure/btc-signer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { allOnchainTxs, onchainTx } from '../../src/store/onchain-txs.ts';
import { anchors } from '../../src/store/anchors.ts';
import { sats } from '../../src/units.ts';
import { newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
const DEAD_END = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

const wallet = async (...coins: bigint[]): Promise<Instance> => {
  const instance = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(instance);
  for (const value of coins) devnet.chain.fund(await instance.wallet.onchainAddress(), value);
  if (coins.length > 0) devnet.chain.mine(1);
  await instance.wallet.sync();
  return instance;
};
const onchain = async ({ wallet }: Instance) => (await wallet.balance()).onchain;
const paid = async ({ wallet }: Instance, starting: Promise<{ actionId: string; txid: string }>) => {
  const { actionId, txid } = await starting;
  expect(await wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  return txid;
};
const received = (txid: string, address: string): bigint =>
  devnet.chain
    .tx(txid)!
    .tx.outputs.filter((o) => Buffer.from(o.script).equals(Buffer.from(addressToScript(address, 'regtest'))))
    .reduce((sum, o) => sum + o.value, 0n);

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

describe('payments', () => {
  test('several in one transaction, change back, lock time at the tip, replaceable', async () => {
    const w = await wallet(60_000n, 60_000n);
    const other = await (await wallet()).wallet.onchainAddress();
    const txid = await paid(
      w,
      w.wallet.sendOnchainMany([
        { address: other, amount: sats(70_000n) },
        { address: DEAD_END, amount: sats(5_000n) },
      ]),
    );
    const { tx, fee } = devnet.chain.tx(txid)!;
    expect([received(txid, other), received(txid, DEAD_END)]).toEqual([70_000n, 5_000n]);
    expect(tx.lockTime).toBe(devnet.chain.height());
    expect(tx.inputs.map((i) => i.sequence)).toEqual([0xffff_fffd, 0xffff_fffd]);
    await w.wallet.sync();
    expect(await onchain(w)).toEqual({ confirmed: 0n, unconfirmed: 45_000n - fee, reserved: 0n });
    const [line] = await w.wallet.history();
    expect(line).toMatchObject({ status: 'successful', sentTo: [{ value: other }, { value: DEAD_END }] });
  });

  test('everything leaves, without change', async () => {
    const w = await wallet(40_000n, 1_000n);
    const txid = await paid(w, w.wallet.sendOnchain(DEAD_END, 'all', 3));
    const { fee, tx } = devnet.chain.tx(txid)!;
    expect(received(txid, DEAD_END)).toBe(41_000n - fee);
    expect(Number(fee) / tx.vsize).toBeGreaterThanOrEqual(3);
    expect(Number(fee) / tx.vsize).toBeLessThan(3.2);
    await w.wallet.sync();
    expect(await onchain(w)).toEqual({ confirmed: 0n, unconfirmed: 0n, reserved: 0n });
  });

  test('too much, dust, another network: refused, nothing reserved', async () => {
    const w = await wallet(10_000n);
    await expect(w.wallet.sendOnchain(DEAD_END, sats(10_000n))).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    await expect(w.wallet.sendOnchain(DEAD_END, sats(293n))).rejects.toMatchObject({ code: 'DUST' });
    await expect(
      w.wallet.sendOnchain('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', sats(1_000n)),
    ).rejects.toMatchObject({ code: 'WRONG_NETWORK' });
    await expect(w.wallet.sendOnchainMany([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await onchain(w)).toEqual({ confirmed: 10_000n, unconfirmed: 0n, reserved: 0n });
  });

  test('what paid us and what we paid is listed, with fees and places', async () => {
    const w = await wallet(30_000n);
    const txid = await paid(w, w.wallet.sendOnchain(DEAD_END, sats(10_000n)));
    devnet.chain.mine(1);
    const rows = await w.wallet.onchainTransactions();
    expect(rows.map((r) => r.received - r.sent)).toEqual([30_000n, -10_000n - devnet.chain.tx(txid)!.fee]);
    expect(rows[1]).toMatchObject({ txid, height: devnet.chain.height(), fee: devnet.chain.tx(txid)!.fee });
  });
});

describe('speeding up', () => {
  test('a payment of ours is replaced: same recipients, higher rate, the old one is gone', async () => {
    const w = await wallet(50_000n);
    const slow = await paid(w, w.wallet.sendOnchain(DEAD_END, sats(20_000n), 1));
    await w.wallet.sync();
    const before = devnet.chain.tx(slow)!;
    const fast = await paid(w, w.wallet.bumpOnchain(slow, 10));
    expect(devnet.chain.tx(slow)).toBe(undefined);
    const { tx, fee } = devnet.chain.tx(fast)!;
    expect(received(fast, DEAD_END)).toBe(20_000n);
    expect(Number(fee) / tx.vsize).toBeGreaterThanOrEqual(10);
    expect(tx.inputs.map((i) => i.txid)).toEqual(before.tx.inputs.map((i) => i.txid));
    devnet.chain.mine(1);
    await w.wallet.sync();
    expect(await onchain(w)).toEqual({ confirmed: 30_000n - fee, unconfirmed: 0n, reserved: 0n });
    expect(await w.db.read(['onchainTxs'], (t) => onchainTx(t, slow))).toMatchObject({ replacedBy: fast });
    await expect(w.wallet.bumpOnchain(fast, 20)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('one without change takes another confirmed output, and a rate that is no gain is refused', async () => {
    const w = await wallet(20_000n);
    const slow = await paid(w, w.wallet.sendOnchain(DEAD_END, 'all', 2));
    await expect(w.wallet.bumpOnchain(slow, 2)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(w.wallet.bumpOnchain(slow, 8)).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    const had = received(slow, DEAD_END);
    // A block that the slow payment does not get into, as when fees are high.
    devnet.chain.fund(await w.wallet.onchainAddress(), 30_000n);
    const more = devnet.chain
      .mempool()
      .find(({ tx }) => tx.txid !== slow && tx.outputs.some((o) => o.value === 30_000n))!;
    devnet.chain.mine(1, { empty: true, include: [more.tx.raw] });
    await w.wallet.sync();
    const fast = await paid(w, w.wallet.bumpOnchain(slow, 8));
    expect(received(fast, DEAD_END)).toBe(had);
    expect(devnet.chain.tx(fast)!.tx.inputs).toHaveLength(2);
  });

  test('a payment to us gets a child that pays for both', async () => {
    const w = await wallet();
    const txid = devnet.chain.fund(await w.wallet.onchainAddress(), 25_000n);
    await w.wallet.sync();
    const child = await paid(w, w.wallet.bumpOnchain(txid, 12));
    const { tx, fee } = devnet.chain.tx(child)!;
    expect(tx.inputs).toMatchObject([{ txid }]);
    expect(Number(fee)).toBeGreaterThanOrEqual(12 * tx.vsize);
    await w.wallet.sync();
    expect((await onchain(w)).unconfirmed).toBe(25_000n - fee);
  });

  test('the funding transaction of a board is never replaced: its change gets the child', async () => {
    const w = await wallet(90_000n);
    const { actionId } = await w.wallet.board(sats(40_000n));
    await w.wallet.sync();
    const funding = actionId.split('.')[1]!;
    const child = await paid(w, w.wallet.bumpOnchain(funding, 9));
    expect(devnet.chain.tx(funding)).toBeDefined();
    expect(devnet.chain.tx(child)!.tx.inputs).toMatchObject([{ txid: funding, vout: 1 }]);
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBe(39_670n);
  });

  test('too late: the first one was confirmed, and nothing is lost', async () => {
    const w = await wallet(50_000n);
    const slow = await paid(w, w.wallet.sendOnchain(DEAD_END, sats(20_000n), 1));
    const raw = devnet.chain.tx(slow)!.tx.raw;
    const { chain } = w.ports;
    const broadcast = chain.broadcast.bind(chain);
    chain.broadcast = (bytes) => {
      devnet.chain.mine(1, { include: [raw] });
      chain.broadcast = broadcast;
      return broadcast(bytes);
    };
    const { actionId } = await w.wallet.bumpOnchain(slow, 10);
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { code: 'TX_REJECTED' },
    });
    await w.wallet.sync();
    expect(await onchain(w)).toEqual({
      confirmed: 30_000n - devnet.chain.tx(slow)!.fee,
      unconfirmed: 0n,
      reserved: 0n,
    });
  });
});

describe('reorganisations', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    '%i blocks: a payment goes back to waiting, and is confirmed again',
    async (depth) => {
      const w = await wallet(50_000n);
      const txid = await paid(w, w.wallet.sendOnchain(DEAD_END, sats(20_000n)));
      devnet.chain.mine(depth);
      await w.wallet.sync();
      const row = () => w.db.read(['onchainTxs'], (t) => onchainTx(t, txid));
      expect((await row())?.height).toBe(devnet.chain.height() - depth + 1);
      devnet.chain.reorg(depth, { empty: true });
      await w.wallet.sync();
      expect((await row())?.height).toBe(undefined);
      expect((await onchain(w)).unconfirmed).toBeGreaterThan(29_000n);
      devnet.chain.mine(1);
      await w.wallet.sync();
      expect((await row())?.height).toBe(devnet.chain.height());
      expect(await onchain(w)).toMatchObject({ unconfirmed: 0n, reserved: 0n });
    },
  );

  test('one that fell out of every mempool is shown to the network again', async () => {
    const w = await wallet(50_000n);
    const txid = await paid(w, w.wallet.sendOnchain(DEAD_END, sats(20_000n)));
    await w.wallet.sync();
    devnet.chain.evict(txid);
    await w.wallet.sync();
    expect(devnet.chain.tx(txid)).toBeDefined();
  });

  test('final is final: a transaction twelve blocks deep is not asked about any more', async () => {
    const w = await wallet(50_000n);
    devnet.chain.mine(11);
    await w.wallet.sync();
    const rows = await w.db.read(['onchainTxs'], allOnchainTxs);
    expect(rows.map((r) => r.open)).toEqual([undefined]);
  });
});

describe('a board through reorganisations', () => {
  const confirmations = 3;
  for (const depth of [1, 2, 3, 4, 5, 6]) {
    for (const at of [0, 1, 2, 3]) {
      test(`${depth} blocks are taken back when its funding has ${at} confirmations`, async () => {
        const w = await wallet(80_000n);
        devnet.chain.mine(6);
        const { actionId } = await w.wallet.board(sats(40_000n));
        await w.wallet.resume();
        if (at > 0) devnet.chain.mine(at);
        devnet.clock.advance(60_000);
        await w.wallet.sync();
        const [funding = ''] = actionId.split('.').slice(1);
        devnet.chain.reorg(depth, { empty: true });
        devnet.clock.advance(60_000);
        await w.wallet.sync();
        // The deepest of these take the wallet's own money back, too: all of it is still in the mempool.
        expect(devnet.chain.tx(funding)).toBeDefined();
        await w.settle();
        devnet.chain.mine(confirmations);
        await w.wallet.sync();
        const { spendable, onchain: left } = await w.wallet.balance();
        expect(spendable).toBe(39_670n);
        expect(left.reserved).toBe(0n);
        expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'successful' });
        const [proof] = await w.db.read(['anchors'], (t) => anchors(t, [funding]));
        if (at < confirmations)
          expect(proof).toMatchObject({ blockHash: devnet.chain.tx(funding)!.block!.hash });
        else expect(proof?.blockHash ?? 'dropped').not.toBe('');
      });
    }
  }

  test('a rival in the new blocks ends it only when it is final', async () => {
    const w = await wallet(80_000n);
    const { actionId } = await w.wallet.board(sats(40_000n));
    await w.wallet.resume();
    devnet.chain.mine(1);
    await w.wallet.sync();
    const [, txid = ''] = actionId.split('.');
    const rival = await doubleSpend(w, txid);
    devnet.chain.invalidate(1);
    devnet.chain.mine(2, { include: [rival] });
    devnet.clock.advance(60_000);
    await w.wallet.sync();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'pending' });
    devnet.chain.mine(4);
    devnet.clock.advance(600_000);
    await w.wallet.sync();
    expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'failed' });
    expect((await w.wallet.balance()).total).toBe(0n);
  });
});

/** Another transaction that spends the inputs of this one, signed with the wallet's keys. */
async function doubleSpend({ ports, db }: Instance, txid: string): Promise<Uint8Array> {
  const [input] = devnet.chain.tx(txid)!.tx.inputs;
  const [spent] = devnet.chain.tx(txid)!.spent;
  const row = (await db.read(['onchainUtxos'], (tx) =>
    tx.get<{ scriptIndex: number }>('onchainUtxos', `${input!.txid}:${input!.vout}`),
  ))!;
  const keys = ports.keys.unlocked();
  const tx = new Transaction();
  tx.addInput({
    txid: input!.txid,
    index: input!.vout,
    witnessUtxo: { amount: spent!.value, script: spent!.script },
    tapInternalKey: keys.onchainKey(row.scriptIndex).internal,
  });
  tx.addOutput({ script: addressToScript(DEAD_END, 'regtest'), amount: spent!.value - 5_000n });
  tx.sign(keys.onchainSecret(row.scriptIndex));
  tx.finalize();
  return tx.extract();
}
