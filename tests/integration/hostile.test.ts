// A server and recipients that lie about payments. Whatever they say: what the wallet has asked a cosignature for is not
// unlocked, no payment is made twice, a preimage is believed only when it is one, and in the end all books agree.
import { describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { VtxoSpendState } from '../../src/server/gen/bark_server_pb.js';
import { liar } from './support/liar.ts';

const l = liar();

describe('a status that is not true', () => {
  const status = (paymentStatus: { case: string; value: object }) => () => ({
    checkLightningPayment: async () => ({ paymentStatus }) as never,
  });
  const failed = status({ case: 'failed', value: { reason: 3 } });

  test('failed, while the payment is held: nothing is unlocked, nobody pays again, the late success wins', async () => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    l.tell(failed);
    await l.work();
    expect((await l.w.wallet.pending())[0]?.state).toMatchObject({ step: 'stuck' });
    expect(new Set(await l.inputStates())).toEqual(new Set(['spent', 'locked']));
    await expect(l.pay(made)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    l.devnet.lightning.settle(made.paymentHash);
    await l.ends(id, made, 'paid');
    await expect(l.pay(made)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
  });

  test('failed for ever, although it was paid: the refusal to revoke names the preimage', async () => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    l.tell(failed);
    l.devnet.lightning.settle(made.paymentHash);
    await expect.poll(() => l.devnet.ark.state.preimages.has(made.paymentHash)).toBe(true);
    await l.work();
    expect(await l.w.wallet.outcome(id)).toMatchObject({ status: 'paid' });
    await l.ends(id, made, 'paid');
  });

  test('failed for ever with an invented preimage in the refusal: it is not believed', async () => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    l.tell(failed);
    l.devnet.ark.faults.fail(
      'RequestLightningPayHtlcRevocation',
      Code.InvalidArgument,
      `invoice has already been paid, preimage: ${'ab'.repeat(32)}`,
      1_000_000,
    );
    await l.work();
    expect(await l.w.wallet.paymentStatus(made.paymentHash)).toMatchObject({ status: 'pending' });
    l.devnet.lightning.settle(made.paymentHash);
    await l.ends(id, made, 'paid');
  });

  test.each([
    ['of another payment', new Uint8Array(32).fill(1)],
    ['too short', new Uint8Array(31)],
    ['empty', new Uint8Array()],
  ])('paid, with a preimage %s: it is no proof', async (_name, preimage) => {
    const made = l.invoice({ hold: true });
    l.tell(status({ case: 'success', value: { preimage } }));
    const id = await l.pay(made);
    await l.work();
    expect(await l.w.wallet.paymentStatus(made.paymentHash)).toMatchObject({ status: 'pending' });
    await l.held(made);
    l.devnet.lightning.cancel(made.paymentHash);
    await l.ends(id, made, 'failed');
  });

  test('pending for ever, although it failed: after its end the money comes back', async () => {
    const made = l.invoice();
    l.devnet.lightning.cancel(made.paymentHash);
    const id = await l.pay(made);
    l.tell(status({ case: 'pending', value: {} }));
    l.devnet.chain.mine(300);
    await l.work();
    expect(await l.w.wallet.outcome(id)).toMatchObject({ status: 'failed' });
    await l.ends(id, made, 'failed');
  });

  test('no status at all', async () => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    l.tell(() => ({ checkLightningPayment: async () => ({ paymentStatus: { case: undefined } }) as never }));
    await l.work();
    expect(await l.w.wallet.paymentStatus(made.paymentHash)).toMatchObject({ status: 'pending' });
    l.devnet.lightning.settle(made.paymentHash);
    await l.ends(id, made, 'paid');
  });
});

describe('refusals that are not true', () => {
  /** The server acts, and says that it refuses. */
  const actsAndRefuses = (method: string, code: Code, times = 1) =>
    l.devnet.ark.faults.add(method, { kind: 'fail-after', code, message: 'no' }, times);

  for (const code of [Code.InvalidArgument, Code.NotFound]) {
    test(`the HTLC is granted and ${Code[code]} said: paid or back, never both`, async () => {
      const made = l.invoice();
      actsAndRefuses('RequestLightningPayHtlcCosign', code);
      const id = await l.pay(made);
      await l.w.settle();
      await l.ends(id, made, l.seen(made)?.state === 'settled' ? 'paid' : 'failed');
    });

    test(`the payment is started and ${Code[code]} said: its success wins`, async () => {
      const made = l.invoice({ hold: true });
      actsAndRefuses('InitiateLightningPayment', code);
      const id = await l.pay(made);
      await l.work();
      expect(new Set(await l.inputStates())).toEqual(new Set(['spent', 'locked']));
      l.devnet.lightning.settle(made.paymentHash);
      await l.ends(id, made, 'paid');
    });

    test(`the revocation is granted and ${Code[code]} said: the money is back once`, async () => {
      const made = l.invoice();
      l.devnet.lightning.cancel(made.paymentHash);
      actsAndRefuses('RequestLightningPayHtlcRevocation', code, 3);
      const id = await l.pay(made);
      await l.work();
      await l.ends(id, made, 'failed');
    });
  }

  test('the HTLC is granted, then refused for ever, and the inputs are said to be unspent', async () => {
    const made = l.invoice();
    actsAndRefuses('RequestLightningPayHtlcCosign', Code.InvalidArgument, 1_000);
    l.tell((honest) => ({
      getVtxosStatusByIds: async (request) => {
        const answer = await honest.getVtxosStatusByIds(request);
        for (const one of answer.vtxos) one.spendState = VtxoSpendState.SPENDABLE;
        return answer;
      },
    }));
    const id = await l.pay(made);
    await l.work();
    expect((await l.inputStates()).includes('spendable')).toBe(false);
    await l.ends(id, made, l.seen(made)?.state === 'settled' ? 'paid' : 'failed');
  });

  test('an HTLC is refused and the inputs are said to be spent, which they are not', async () => {
    const made = l.invoice();
    l.devnet.ark.faults.fail('RequestLightningPayHtlcCosign', Code.InvalidArgument, 'no thanks', 1_000);
    l.tell((honest) => ({
      getVtxosStatusByIds: async (request) => {
        const answer = await honest.getVtxosStatusByIds(request);
        for (const one of answer.vtxos) one.spendState = VtxoSpendState.SPENT;
        return answer;
      },
    }));
    const id = await l.pay(made);
    await l.work();
    expect((await l.inputStates()).includes('spendable')).toBe(false);
    await l.w.settle().catch(() => undefined);
    await l.ends(id, made, l.seen(made)?.state === 'settled' ? 'paid' : 'failed');
  });

  test('OK, but the payment is never started: its money comes back when it is late', async () => {
    const made = l.invoice();
    l.tell(() => ({ initiateLightningPayment: async () => ({}) as never }));
    const id = await l.pay(made);
    await l.work();
    expect(await l.w.wallet.paymentStatus(made.paymentHash)).toMatchObject({ status: 'pending' });
    l.devnet.chain.mine(280);
    await l.work();
    await l.ends(id, made, 'failed');
  });
});

describe('notices that are not true', () => {
  const mailbox = () => l.w.ports.keys.unlocked().mailbox().publicKey;
  const finished = (hash: string, more: object) =>
    l.devnet.ark.mailboxes.post(mailbox(), [
      { kind: 'send-finished', paymentHash: Uint8Array.from(Buffer.from(hash, 'hex')), ...more },
    ]);

  test.each([
    ['paid, with an invented preimage', { preimage: new Uint8Array(32).fill(2) }],
    ['failed', { reason: 3 }],
  ])('%s: the payment goes on', async (_name, more) => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    finished(made.paymentHash, more);
    await l.work(2);
    expect(await l.w.wallet.paymentStatus(made.paymentHash)).toMatchObject({ status: 'pending' });
    l.devnet.lightning.settle(made.paymentHash);
    await l.ends(id, made, 'paid');
  });

  test('about a payment that nobody makes', async () => {
    finished('cd'.repeat(32), { preimage: new Uint8Array(32) });
    await l.w.wallet.sync();
    expect(await l.w.wallet.paymentStatus('cd'.repeat(32))).toEqual({ status: 'unknown' });
    expect((await l.w.wallet.balance()).total).toBe(l.before);
  });
});

describe('a recipient', () => {
  test('with two invoices of one hash is paid once', async () => {
    const preimage = crypto.getRandomValues(new Uint8Array(32));
    const first = l.invoice({ preimage, hold: true });
    const id = await l.pay(first);
    await l.held(first);
    const second = l.devnet.lightning.createInvoice({ amountMsat: 9_000_000n, preimage });
    await expect(l.pay(second)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    l.devnet.lightning.settle(first.paymentHash);
    await l.w.settle();
    expect(await l.w.wallet.outcome(id)).toMatchObject({ status: 'paid' });
    await expect(l.pay(second)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
    expect(
      (await l.w.wallet.history()).filter((l) => l.subsystem.name === 'bark.lightning_send'),
    ).toHaveLength(1);
  });

  test('that settles only when the wallet has long given up is paid once, and the history says so', async () => {
    const made = l.invoice({ hold: true });
    const id = await l.pay(made);
    await l.held(made);
    l.devnet.chain.mine(270);
    await l.work();
    expect((await l.w.wallet.pending())[0]?.state).toMatchObject({ step: 'stuck' });
    l.devnet.lightning.settle(made.paymentHash);
    await l.ends(id, made, 'paid');
  });
});
