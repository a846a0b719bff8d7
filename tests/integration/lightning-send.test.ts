// Lightning payments that cannot lose money, whatever happens in between: reasons, late settlements, refusals, lies, and
// the same payment asked for from many sides. Every step runs twice (double drive).
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { FailureReason } from '../../devnet/lightning/network.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import { fileRequest, request } from '../../src/store/requests.ts';
import { sats } from '../../src/units.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import type { PayOptions } from '../../src/wallet/wallet.ts';
import { fund, newWallet, type Instance, type InstanceOptions } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
/** Replaces calls of the server. */
let lie: Partial<ArkServer> = {};
/** Nothing is driven, as in a worker that died. */
let idle = false;
const wrap = (ports: WalletPorts): WalletPorts => ({
  ...ports,
  locks: {
    ...ports.locks,
    tryHold: async (name, body) => (idle ? undefined : ports.locks.tryHold(name, body)),
  },
  server: async () => ({ ...(await ports.server()), ...lie }),
});

async function open(funds = 60_000n, config: InstanceOptions['config'] = {}): Promise<Instance> {
  const instance = await newWallet(devnet, { wrap, config: { doubleDrive: true, ...config } });
  opened.push(instance);
  await fund(devnet, instance, funds);
  return instance;
}
const invoice = (sat: bigint, more = {}) =>
  devnet.lightning.createInvoice({ amountMsat: sat * 1000n, expirySeconds: 10_000_000, ...more });
const pay = async ({ wallet }: Instance, text: string, options: PayOptions = {}) =>
  wallet.pay(await wallet.inspect(text), options);
const paid = async (w: Instance, text: string, options: PayOptions = {}) => {
  const { actionId } = await pay(w, text, options);
  await w.settle();
  return { actionId, outcome: await w.wallet.outcome(actionId), line: (await w.wallet.movement(actionId))! };
};
const isHeld = (paymentHash: string) =>
  expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 20_000 }).toBe('held');
const step = async (w: Instance) => ((await w.wallet.pending())[0]?.state as { step?: string })?.step;
/** Lets the wallet work a few times, the clock moving past every timer. */
async function work(w: Instance, times = 3): Promise<void> {
  for (let i = 0; i < times; i++) {
    devnet.clock.advance(3_600_000);
    // A part of it may find the server gone.
    await w.wallet.sync().catch(() => undefined);
  }
}
const spendable = async (w: Instance) => (await w.wallet.balance()).spendable;
const calls = (method: string) => devnet.ark.faults.calls.filter((c) => c.method === method).length;

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterEach(() => {
  lie = {};
  devnet.ark.faults.clear();
  delete devnet.ark.config.cosignLie;
  devnet.lightning.setRoute({ feeMsat: 0n });
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a payment that fails', () => {
  test('says for what reason, to whoever waits and in the history, and the money is back', async () => {
    const w = await open(60_000n, { doubleDrive: false });
    const before = await spendable(w);
    const reasons: [FailureReason, RegExp][] = [
      ['FEE_TOO_LOW', /higher fee/],
      ['CLTV_TOO_LONG', /locked the money for too long/],
      ['NO_ROUTE', /No way to the recipient/],
      ['DESTINATION_REJECTED', /recipient refused/],
      ['SETUP_TIMEOUT', /set up in time/],
      ['INVOICE_STATE', /no longer payable/],
      ['OTHER', /payment failed/],
      ['RETRIES_EXHAUSTED', /All attempts/],
    ];
    for (const [reason, words] of reasons) {
      devnet.lightning.failNext(reason);
      const { outcome, line } = await paid(w, invoice(1_000n).bolt11);
      const code = reason === 'FEE_TOO_LOW' ? 'ROUTE_TOO_DEAR' : 'PAYMENT_FAILED';
      const said = expect.stringMatching(words) as string;
      expect(outcome).toMatchObject({ status: 'failed', error: { code, say: said, details: { reason } } });
      expect(line).toMatchObject({
        status: 'failed',
        effective: 0n,
        fee: 0n,
        metadata: { failure: { code, say: said, details: { reason } } },
      });
    }
    expect(await spendable(w)).toBe(before);
  });

  test('an invoice of a node that nobody knows finds no way', async () => {
    const w = await open();
    const elsewhere = await startDevnet();
    const { bolt11 } = elsewhere.lightning.createInvoice({ amountMsat: 1_000_000n, node: 'far away' });
    await elsewhere.stop();
    const { outcome } = await paid(w, bolt11);
    expect(outcome).toMatchObject({ error: { details: { reason: 'NO_ROUTE' } } });
  });

  test('for want of a higher routing fee: a surplus is offered with its cost, and pays the dearer route', async () => {
    const w = await open(200_000n, { doubleDrive: false });
    devnet.lightning.setRoute({ feeMsat: 700_000n });
    const { bolt11 } = invoice(50_000n);
    const first = await paid(w, bolt11);
    expect(first.outcome).toMatchObject({
      error: {
        code: 'ROUTE_TOO_DEAR',
        say: expect.stringContaining('250 sat more'),
        details: { surplus: '250' },
      },
    });
    const second = await paid(w, bolt11, { surplus: sats(250n) });
    expect(second.outcome).toMatchObject({ error: { details: { surplus: '500' } } });
    const before = await spendable(w);
    const instruction = await w.wallet.inspect(bolt11);
    const plain = await w.wallet.quote(instruction);
    const quote = await w.wallet.quote(instruction, undefined, { surplus: sats(500n) });
    expect(quote.fee).toBe(plain.fee! + 500n);
    await expect(pay(w, bolt11, { surplus: sats(500n), maxTotal: plain.total })).rejects.toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    const third = await paid(w, bolt11, { surplus: sats(500n), maxTotal: quote.total });
    expect(third.outcome).toMatchObject({ status: 'paid', fee: quote.fee });
    expect(await spendable(w)).toBe(before - quote.total!);
  });
});

describe('a payment that takes long', () => {
  test('settled after it was given up for lost: the late success wins', async () => {
    const w = await open();
    const { bolt11, paymentHash } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await isHeld(paymentHash);
    // Within the safety distance of the HTLC's expiry, but before it: the server does not revoke yet.
    devnet.chain.mine(258 + 18 - 11);
    await work(w);
    expect(await step(w)).toBe('stuck');
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending' });
    devnet.lightning.settle(paymentHash);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    expect((await w.wallet.movement(actionId))!.status).toBe('successful');
  });

  test('still pending when the HTLC has expired: the money is revoked', async () => {
    const w = await open();
    const before = await spendable(w);
    const { bolt11, paymentHash } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await isHeld(paymentHash);
    devnet.chain.mine(258 + 18 + 2);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { say: expect.stringContaining('took too long') },
    });
    expect(await spendable(w)).toBe(before);
  });

  test('coins near their own end do not fail a payment that is held', async () => {
    const w = await open();
    const [coin] = await w.wallet.coins();
    devnet.chain.mine(coin!.expiryHeight - devnet.chain.height() - 20);
    const { bolt11, paymentHash } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await isHeld(paymentHash);
    devnet.chain.mine(30);
    await work(w);
    expect(await step(w)).toBe('initiated');
    devnet.lightning.settle(paymentHash);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });

  test('ordered but never started for too long, it is called off without a trace at the server', async () => {
    const w = await open();
    const before = await spendable(w);
    idle = true;
    const { actionId } = await pay(w, invoice(2_000n).bolt11);
    const cosigned = calls('RequestLightningPayHtlcCosign');
    devnet.chain.mine(258 + 18);
    idle = false;
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { say: expect.stringContaining('Nothing was paid') },
    });
    expect(await spendable(w)).toBe(before);
    expect(calls('RequestLightningPayHtlcCosign')).toBe(cosigned);
  });

  test('paid while we were away, after a start whose answer was lost: settled, nothing is revoked', async () => {
    const w = await open();
    const { bolt11, paymentHash } = invoice(2_000n);
    devnet.ark.faults.dropResponse('InitiateLightningPayment');
    const { actionId } = await pay(w, bolt11);
    await expect
      .poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 20_000 })
      .toBe('settled');
    const revocations = calls('RequestLightningPayHtlcRevocation');
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    expect(calls('RequestLightningPayHtlcRevocation')).toBe(revocations);
  });

  test('the preimage in the mailbox settles it, even when the status cannot be had', async () => {
    const w = await open();
    const { bolt11, paymentHash } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await isHeld(paymentHash);
    devnet.ark.faults.fail('CheckLightningPayment', Code.Internal, 'broken', 1_000_000);
    devnet.lightning.settle(paymentHash);
    await expect.poll(() => devnet.ark.state.preimages.has(paymentHash), { timeout: 20_000 }).toBe(true);
    await work(w, 2);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });
});

describe('a server that will not revoke', () => {
  test('is asked again and again; the coins stay locked and listed until it does', async () => {
    const w = await open(60_000n, { doubleDrive: false });
    const before = await spendable(w);
    const { bolt11, paymentHash } = invoice(2_000n);
    devnet.lightning.failNext('NO_ROUTE');
    devnet.ark.faults.fail('RequestLightningPayHtlcRevocation', Code.InvalidArgument, 'no', 3);
    devnet.ark.faults.fail('RequestLightningPayHtlcRevocation', Code.Internal, 'no', 3);
    const { actionId } = await pay(w, bolt11);
    await expect.poll(() => step(w), { timeout: 20_000 }).toBe('stuck');
    const held = (await w.wallet.coins()).filter((c) => c.holder === actionId);
    expect(held.map((c) => c.policyType)).toEqual(['server-htlc-send-v1']);
    await expect(pay(w, bolt11)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending', actionId });
    await w.settle();
    expect(await spendable(w)).toBe(before);
    expect(await paid(w, bolt11)).toMatchObject({ outcome: { status: 'paid' } });
  });

  test('because it was paid: the preimage in its refusal is the proof', async () => {
    const w = await open();
    const { bolt11, paymentHash, preimage } = invoice(2_000n, { hold: true });
    const { actionId } = await pay(w, bolt11);
    await isHeld(paymentHash);
    const server = await w.ports.server();
    lie = {
      checkLightningPayment: async (asked, options) => ({
        ...(await server.checkLightningPayment(asked, options)),
        paymentStatus: { case: 'failed', value: { reason: 3 } } as never,
      }),
      subscribeMailbox: () => (async function* () {})(),
      readMailbox: async () => ({ messages: [], haveMore: false }) as never,
    };
    devnet.lightning.settle(paymentHash);
    await expect.poll(() => devnet.ark.state.preimages.has(paymentHash), { timeout: 20_000 }).toBe(true);
    await work(w);
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid', preimage: toHex(preimage) });
  });
});

describe('a server that signs something else', () => {
  test.each(['amount', 'policy'] as const)(
    'an HTLC with another %s is refused; nothing is unlocked',
    async (what) => {
      const w = await open();
      devnet.ark.config.cosignLie = what;
      const { actionId } = await pay(w, invoice(2_000n).bolt11);
      const lastError = async () => (await w.wallet.pending())[0]?.lastError?.code;
      await expect.poll(lastError, { timeout: 20_000 }).toBe('SERVER_MISBEHAVED');
      await work(w, 2);
      expect((await w.wallet.coins()).map((c) => [c.state, c.holder])).toEqual([['locked', actionId]]);
      delete devnet.ark.config.cosignLie;
      await w.settle();
      expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    },
  );
});

describe('one payment, asked for from many sides', () => {
  test('five calls at once: one payment', async () => {
    const w = await open(300_000n);
    const { bolt11, paymentHash } = invoice(3_000n);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => pay(w, bolt11)));
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const r of results) {
      if (r.status === 'rejected')
        expect(r.reason).toMatchObject({ code: expect.stringMatching('PAYMENT_IN_PROGRESS|ALREADY_PAID') });
    }
    await w.settle();
    expect(devnet.lightning.invoice(paymentHash)?.receivedMsat).toBe(3_000_000n);
    expect((await w.wallet.history()).filter((l) => l.subsystem.name === 'bark.lightning_send')).toHaveLength(
      1,
    );
    await expect(pay(w, bolt11)).rejects.toMatchObject({ code: 'ALREADY_PAID' });
  });

  test('another amount for what is under way is said to be another amount, not swallowed', async () => {
    const w = await open();
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({ hold: true });
    await pay(w, bolt11, { amount: sats(500n) });
    await expect(pay(w, bolt11, { amount: sats(700n) })).rejects.toMatchObject({
      code: 'PAYMENT_IN_PROGRESS',
      say: expect.stringMatching(/with 500 sat; the 700 sat asked for now were not paid/),
      details: { amount: '500' },
    });
    await isHeld(paymentHash);
    devnet.lightning.settle(paymentHash);
    await w.settle();
  });

  test('one request of a page is one payment, even where each try would get an invoice of its own', async () => {
    const w = await open(300_000n);
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_000_000n });
    const site = { topOrigin: 'https://shop.example', frameOrigin: 'https://shop.example' };
    await w.db.write(['requests'], (tx) =>
      fileRequest(tx, { ...site, id: 'r1', method: 'sendPayment', params: {} }, 1),
    );
    const results = await Promise.allSettled(
      Array.from({ length: 3 }, () => pay(w, text, { requestId: 'r1', site })),
    );
    const [done, ...more] = results.filter((r) => r.status === 'fulfilled');
    expect(more).toEqual([]);
    await w.settle();
    expect((await w.wallet.history()).filter((l) => l.subsystem.name === 'bark.lightning_send')).toHaveLength(
      1,
    );
    expect(await w.db.read(['requests'], (tx) => request(tx, 'r1'))).toMatchObject({
      status: 'approved',
      actionId: done?.value.actionId,
    });
  });

  test('with nothing under way nobody is asked', async () => {
    const w = await open();
    const before = calls('CheckLightningPayment');
    await w.wallet.resume();
    await w.wallet.wake();
    expect(calls('CheckLightningPayment')).toBe(before);
    expect(await w.wallet.paymentStatus('ab'.repeat(32))).toEqual({ status: 'unknown' });
  });
});

describe('the whole balance', () => {
  test('over Lightning: the quote says how much arrives, and nothing is left', async () => {
    const w = await open(123_457n);
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({});
    const before = await spendable(w);
    const quote = await w.wallet.quote(await w.wallet.inspect(bolt11), 'all');
    expect(quote.problem).toBeUndefined();
    expect(quote.total).toBe(before);
    const { outcome } = await paid(w, bolt11, { amount: 'all', maxTotal: quote.total });
    expect(outcome).toMatchObject({ status: 'paid', fee: quote.fee });
    expect((await w.wallet.balance()).total).toBe(0n);
    expect(devnet.lightning.invoice(paymentHash)?.receivedMsat).toBe(quote.amount! * 1000n);
    expect(
      await w.wallet.quote(await w.wallet.inspect(devnet.lightning.createInvoice({}).bolt11), 'all'),
    ).toMatchObject({
      problem: { code: 'INSUFFICIENT_FUNDS' },
    });
  });

  test('of several coins to an Ark address: all of it, without fee', async () => {
    const [w, to] = [await open(50_000n), await open(30_000n)];
    await fund(devnet, w, 40_000n);
    const { address } = await to.wallet.newAddress();
    const before = await spendable(w);
    const quote = await w.wallet.quote(await w.wallet.inspect(address), 'all');
    expect(quote).toMatchObject({ amount: before, fee: 0n, total: before });
    await paid(w, address, { amount: 'all' });
    expect((await w.wallet.balance()).total).toBe(0n);
  });

  test('an invoice that names its amount is not paid with another', async () => {
    const w = await open();
    const quote = await w.wallet.quote(await w.wallet.inspect(invoice(100n).bolt11), 'all');
    expect(quote.problem).toMatchObject({ code: 'AMOUNT_OUT_OF_RANGE' });
  });
});

describe('change', () => {
  test.each([1, 2, 3])('is cut in %i pieces where it is larger than the payment', async (changeSplit) => {
    const w = await open(90_000n, { changeSplit });
    const { line } = await paid(w, invoice(2_000n).bolt11);
    expect(line.outputs).toHaveLength(changeSplit);
    const dust = await paid(w, invoice(1n).bolt11);
    expect(dust.outcome).toMatchObject({ status: 'paid' });
  });
});
