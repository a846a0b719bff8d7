// Several contexts and callers at once: two tabs and the popup over one store, each with its own wallet, lock or no lock.
// One invoice is paid once, whoever asks and however often.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { sats } from '../../src/units.ts';
import { memoryLocks } from '../../src/wallet/locks.ts';
import type { Locks } from '../../src/wallet/ports.ts';
import { checkInvariants } from './crash/world.ts';
import { devChainSource } from './support/chain-source.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

/** One wallet in three contexts. Web Locks are shared between them; without any, the store alone must keep order. */
async function contexts(shared: boolean): Promise<Instance[]> {
  const chain = devChainSource(devnet.chain);
  const { profile, ...first } = await newWallet(devnet, { chain });
  // Several coins, so that a second payment would have money to go out with.
  for (const amount of [30_000n, 30_000n, 30_000n]) await fund(devnet, first, amount);
  await first.close();
  const locks: Locks = memoryLocks();
  const wrap = shared ? (ports: Instance['ports']) => ({ ...ports, locks }) : undefined;
  return Promise.all([1, 2, 3].map(() => openInstance(devnet, profile, { chain, wrap })));
}

const codeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'started' : (result.reason as { code: string }).code;

for (const shared of [true, false]) {
  describe(shared ? 'contexts with shared locks' : 'contexts without locks between them', () => {
    test('five calls for one invoice, from two tabs and the popup: one payment', async () => {
      const all = await contexts(shared);
      const [tab, other, popup] = all as [Instance, Instance, Instance];
      const { total: before } = await popup.wallet.balance();
      const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 5_000_000n });
      const results = await Promise.allSettled(
        [tab, tab, other, other, popup].map(async ({ wallet }) => wallet.pay(await wallet.inspect(bolt11))),
      );
      const codes = results.map(codeOf);
      expect(codes.filter((code) => code === 'started')).toHaveLength(1);
      expect(codes.filter((code) => /^(PAYMENT_IN_PROGRESS|ALREADY_PAID|started)$/.test(code))).toHaveLength(
        5,
      );
      await Promise.all(all.map((one) => one.settle()));
      const lines = (await popup.wallet.history()).filter((l) => l.subsystem.name === 'bark.lightning_send');
      expect(lines).toMatchObject([{ status: 'successful' }]);
      expect(devnet.lightning.invoice(paymentHash)?.receivedMsat).toBe(5_000_000n);
      expect((await popup.wallet.balance()).total).toBe(before - 5_000n - lines[0]!.fee);
      await checkInvariants({ devnet }, popup);
      for (const one of all) await one.close();
    });

    test('all of them drive one held payment to its end: one preimage, one line', async () => {
      const all = await contexts(shared);
      const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 5_000_000n, hold: true });
      const { wallet } = all[0]!;
      const { total: before } = await wallet.balance();
      const { actionId } = await wallet.pay(await wallet.inspect(bolt11));
      await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 20_000 }).toBe('held');
      devnet.lightning.settle(paymentHash);
      await Promise.all(all.flatMap((one) => [one.wallet.sync(), one.wallet.resume(), one.wallet.resume()]));
      await Promise.all(all.map((one) => one.settle()));
      const outcome = await wallet.outcome(actionId);
      expect(outcome.status).toBe('paid');
      const fee = outcome.status === 'paid' ? outcome.fee : 0n;
      expect((await wallet.balance()).total).toBe(before - 5_000n - fee);
      await checkInvariants({ devnet }, all[0]!);
      for (const one of all) await one.close();
    });

    test('more payments at once than there is money for: no coin pays twice', async () => {
      const all = await contexts(shared);
      const { total: before } = await all[0]!.wallet.balance();
      const made = Array.from({ length: 6 }, () =>
        devnet.lightning.createInvoice({ amountMsat: 25_000_000n, expirySeconds: 86_400 }),
      );
      const results = await Promise.allSettled(
        made.map(async ({ bolt11 }, i) => {
          const { wallet } = all[i % 3]!;
          return wallet.pay(await wallet.inspect(bolt11));
        }),
      );
      const codes = results.map(codeOf);
      expect(new Set(codes)).toEqual(new Set(['started', 'INSUFFICIENT_FUNDS']));
      await Promise.all(all.map((one) => one.settle()));
      const settled = made.filter(
        ({ paymentHash }) => devnet.lightning.invoice(paymentHash)?.state === 'settled',
      );
      expect(settled).toHaveLength(codes.filter((code) => code === 'started').length);
      const lines = (await all[0]!.wallet.history()).filter(
        (l) => l.subsystem.name === 'bark.lightning_send',
      );
      const spent = lines.reduce((sum, l) => sum + 25_000n + l.fee, 0n);
      expect((await all[0]!.wallet.balance()).total).toBe(before - spent);
      await checkInvariants({ devnet }, all[0]!);
      for (const one of all) await one.close();
    });

    test('a coin that arrives is taken in once, whoever reads the mailbox', async () => {
      const all = await contexts(shared);
      const payer = (await contexts(true))[0]!;
      const { total: before } = await all[0]!.wallet.balance();
      const { address } = await all[0]!.wallet.newAddress();
      await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(3_000n) });
      await payer.settle();
      await Promise.all(all.flatMap((one) => [one.wallet.sync(), one.wallet.sync()]));
      expect((await all[0]!.wallet.balance()).total).toBe(before + 3_000n);
      expect((await all[0]!.wallet.history()).filter((l) => l.subsystem.kind === 'receive')).toHaveLength(1);
      await checkInvariants({ devnet }, all[0]!);
      for (const one of [...all, payer]) await one.close();
    });
  });
}
