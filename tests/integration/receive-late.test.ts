// The coins for a payment were given, and the wallet died before it judged them: blocks are found until it comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import type { LightningReceiveState } from '../../src/wallet/actions/lightning-receive/state.ts';
import { devChainSource } from './support/chain-source.ts';
import { createFence, type Point } from './support/fence.ts';
import { newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

let devnet: Devnet;

beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

const open = (profile: Profile, killAt?: Point) => {
  const fence = createFence(killAt);
  const chain = devChainSource(devnet.chain);
  return openInstance(devnet, profile, { chain, wrap: fence.wrap, config: { doubleDrive: !killAt } }).then(
    (instance) => ({ ...instance, fence }),
  );
};

/** An invoice that is paid; its wallet is closed. */
async function paidInvoice() {
  const w = await newWallet(devnet, { chain: devChainSource(devnet.chain) });
  const { invoice, hash } = await w.wallet.receiveLightning({ amount: sats(5_000n) });
  await w.close();
  const payment = devnet.lightning.payer.pay(invoice);
  await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).toBe('accepted');
  return { profile: w.profile, hash, payment };
}

/** Lives until the point, or to the end. */
async function live(instance: Instance & { fence: { died: Promise<void> } }, killed: boolean) {
  if (killed) {
    void instance.wallet.resume().catch(() => undefined);
    await instance.fence.died;
  } else await instance.settle();
}

/** Dies with the coins in the server's answer, and comes back `blocks` later. */
async function lateBy(blocks: number) {
  const { profile, hash, payment } = await paidInvoice();
  const first = await open(profile, { name: 'after rpc prepareLightningReceiveClaim', nth: 0 });
  await live(first, true);
  await first.close();
  expect(devnet.ark.state.receives.get(hash)?.status).toBe('htlcs-ready');
  devnet.chain.mine(blocks);
  const w = await open(profile);
  const [action] = await w.wallet.pending();
  expect((action?.state as LightningReceiveState & { asked: number }).asked).toBe(
    devnet.chain.height() - blocks,
  );
  await live(w, false);
  const row = await w.wallet.invoice(hash);
  const { total } = await w.wallet.balance();
  const lines = await w.wallet.history();
  await w.close();
  return { hash, payment, row, total, lines };
}

describe('between the answer and the judgement', () => {
  for (const blocks of [1, 2, 3]) {
    test(`${blocks} blocks are found: the payment is claimed all the same`, async () => {
      const { payment, row, total, lines } = await lateBy(blocks);
      await payment.ended;
      expect(payment.state).toBe('paid');
      expect(row?.state).toBe('claimed');
      expect(total).toBe(row?.received);
      expect(lines).toHaveLength(1);
    });
  }

  for (const blocks of [4, 300]) {
    test(`${blocks} blocks are found: the preimage stays here, and nobody is accused`, async () => {
      const { hash, row, total, lines } = await lateBy(blocks);
      expect(row).toMatchObject({ state: 'cancelled', failure: { code: 'PAYMENT_FAILED' } });
      expect(devnet.ark.state.preimages.has(hash)).toBe(false);
      expect(total).toBe(0n);
      expect(lines).toEqual([]);
    });
  }

  test('the answer is lost and a block is found: it is asked for again and claimed', async () => {
    const { profile, hash, payment } = await paidInvoice();
    devnet.ark.faults.add('PrepareLightningReceiveClaim', { kind: 'drop-response' }, 1);
    const w = await open(profile);
    await w.wallet.resume();
    devnet.chain.mine(1);
    await w.settle();
    await payment.ended;
    expect(payment.state).toBe('paid');
    expect((await w.wallet.invoice(hash))?.state).toBe('claimed');
    await w.close();
  });
});

describe('between the decision and the claim', () => {
  const dieBeforeClaim = async () => {
    const { profile, hash, payment } = await paidInvoice();
    const first = await open(profile, { name: 'before rpc claimLightningReceive', nth: 0 });
    await live(first, true);
    await first.close();
    return { profile, hash, payment };
  };

  test('a few blocks are found: the preimage is shown and the coins come', async () => {
    const { profile, hash, payment } = await dieBeforeClaim();
    devnet.chain.mine(10);
    const w = await open(profile);
    await live(w, false);
    await payment.ended;
    expect(payment.state).toBe('paid');
    expect((await w.wallet.invoice(hash))?.state).toBe('claimed');
    await w.close();
  });

  test('so many are found that the coins could not be defended: the preimage never leaves', async () => {
    const { profile, hash } = await dieBeforeClaim();
    devnet.chain.mine(40);
    const w = await open(profile);
    await w.wallet.sync();
    expect(await w.wallet.pending()).toMatchObject([{ lastError: { code: 'PAYMENT_PENDING' } }]);
    devnet.chain.mine(260);
    await live(w, false);
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'lost', received: 0n });
    expect(devnet.ark.state.preimages.has(hash)).toBe(false);
    expect((await w.wallet.balance()).total).toBe(0n);
    expect(await w.wallet.history()).toMatchObject([{ status: 'failed', effective: 0n }]);
    await w.close();
  });

  test('the claim was granted and its answer lost before that: the server has settled and owes the coins', async () => {
    const { profile, hash, payment } = await paidInvoice();
    const first = await open(profile, { name: 'after rpc claimLightningReceive', nth: 0 });
    await live(first, true);
    await first.close();
    await payment.ended;
    expect(payment.state).toBe('paid');
    devnet.chain.mine(300);
    const w = await open(profile);
    await live(w, false);
    const row = await w.wallet.invoice(hash);
    expect(row?.state).toBe('claimed');
    expect((await w.wallet.balance()).total).toBe(row?.received);
    await w.close();
  });
});

test('coins that were never given are asked for again by the tip of then', async () => {
  const { profile, hash, payment } = await paidInvoice();
  const first = await open(profile, { name: 'before rpc prepareLightningReceiveClaim', nth: 0 });
  await live(first, true);
  await first.close();
  devnet.chain.mine(2);
  const w = await open(profile);
  await live(w, false);
  await payment.ended;
  expect(payment.state).toBe('paid');
  expect((await w.wallet.invoice(hash))?.state).toBe('claimed');
  await w.close();
});
