// After the expiry everything that was left on the chain is the server's: boards, rounds, exits that were not finished.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(funds: bigint): Promise<Instance> {
  const instance = await newWallet(devnet);
  opened.push(instance);
  await fund(devnet, instance, funds);
  return instance;
}
const expire = async (w: Instance) => {
  const last = Math.max(...(await w.wallet.coins()).map((c) => c.expiryHeight));
  devnet.chain.mine(last - devnet.chain.height());
};
const anchors = async (w: Instance) => (await w.wallet.coins()).map((c) => c.anchorTxid);

beforeAll(async () => {
  devnet = await startDevnet({
    ark: { requiredBoardConfirmations: 1, vtxoLifetime: 400, roundSubmitMs: 1, roundSignMs: 1 },
  });
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

test('nothing is taken before the expiry, all of it in one transaction after', async () => {
  const [boarded, refreshed] = [await wallet(90_000n), await wallet(80_000n)];
  await refreshed.wallet.refresh({ coins: (await refreshed.wallet.coins()).map((c) => c.id) });
  await refreshed.wallet.resume();
  await devnet.ark.round();
  devnet.chain.mine(1);
  await refreshed.settle();
  expect(devnet.ark.sweep()).toBeUndefined();

  await expire(refreshed);
  const txid = devnet.ark.sweep();
  expect(txid).toBeDefined();
  const sweep = devnet.chain.tx(txid ?? '')?.tx;
  const spent = sweep?.inputs.map((input) => input.txid);
  expect(spent).toEqual(expect.arrayContaining([...(await anchors(boarded)), ...(await anchors(refreshed))]));
  expect(sweep?.outputs).toHaveLength(1);
  devnet.chain.mine(1);
  expect(devnet.chain.tx(txid ?? '')?.block).toBeDefined();
  expect(devnet.ark.sweep()).toBeUndefined();
  for (const { id } of await boarded.wallet.coins())
    expect(devnet.ark.state.vtxos.get(id)?.state).toBe('spent');
});

test('the wallet that slept too long is refused, and its balance does not pretend', async () => {
  const late = await wallet(70_000n);
  await expire(late);
  devnet.ark.sweep();
  devnet.chain.mine(1);
  await late.wallet.sync();
  expect(await late.wallet.balance()).toMatchObject({ spendable: 0n });
  const { address } = await (await wallet(50_000n)).wallet.newAddress();
  await expect(
    late.wallet.pay(await late.wallet.inspect(address), { amount: sats(10_000n) }),
  ).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
});

test('an exit that stopped half-way is swept at the output where it stopped', async () => {
  const [payer, payee] = [await wallet(200_000n), await wallet(40_000n)];
  const { address } = await payee.wallet.newAddress();
  const { actionId } = await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(60_000n) });
  await payer.wallet.outcome(actionId);
  await payee.settle();
  const coin = (await payee.wallet.coins()).find((c) => c.amount === 60_000n);
  expect(coin?.exitDepth).toBeGreaterThan(1);
  devnet.chain.fund(await payee.wallet.onchainAddress(), 100_000n);
  devnet.chain.mine(1);
  await payee.wallet.sync();
  await payee.wallet.startExit([coin?.id ?? '']);
  // The output of the board's own transaction is its owner's; the one of the checkpoint after it is not.
  const spender = (txid: string) =>
    [0, 1, 2].map((vout) => devnet.chain.outspend(txid, vout)).find((s) => s?.block)?.txid;
  for (let i = 0; i < 2; i++) {
    await payee.wallet.sync();
    devnet.chain.mine(1);
  }
  const checkpoint = spender(spender(coin?.anchorTxid ?? '') ?? '');
  expect(checkpoint).toBeDefined();
  await payee.close();
  opened.splice(opened.indexOf(payee), 1);
  devnet.chain.mine((coin?.expiryHeight ?? 0) - devnet.chain.height());
  const sweep = devnet.chain.tx(devnet.ark.sweep() ?? '')?.tx;
  expect(sweep?.inputs.map((input) => input.txid)).toContain(checkpoint);
  devnet.chain.mine(1);
});

test('a devnet that sweeps by itself does it once for all blocks of the moment', async () => {
  const own = await startDevnet({ sweeps: true, ark: { requiredBoardConfirmations: 1, vtxoLifetime: 30 } });
  const w = await newWallet(own);
  await fund(own, w, 60_000n);
  const [coin] = await w.wallet.coins();
  await w.close();
  own.chain.mine(40);
  await Promise.resolve();
  const sweep = own.chain.outspend(coin?.anchorTxid ?? '', 0)?.txid;
  expect(own.chain.mempool().map((one) => one.tx.txid)).toContain(sweep);
  own.chain.mine(1);
  await own.stop();
});
