// Paying BOLT 12 invoices that came from elsewhere: ids that are used once, hashes that are paid once, contributions to
// what several pay, and exactly one outcome. The order of refusals is compared row by row in tests/vectors.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { DevInvoice } from '../../devnet/lightning/invoice.ts';
import type { OfferRequest } from '../../devnet/lightning/offers.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { isSkiffError } from '../../src/errors.ts';
import { makeInvoiceRequest } from '../../src/lightning/bolt12/invoice-request.ts';
import { featureVector } from '../../src/lightning/features.ts';
import { makeStaticInvoice } from '../../src/lightning/bolt12/static-invoice.ts';
import { encodeOffer } from '../../src/lightning/bolt12/offer.ts';
import { encodeBolt12Text } from '../../src/lightning/bolt12/text.ts';
import { msats } from '../../src/units.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

const { valid } = JSON.parse(readFileSync('tests/vectors/bolt12-invoices.json', 'utf8')) as {
  valid: { bech32: string }[];
};
const MAINNET_INVOICE = valid[0]?.bech32 ?? '';

let devnet: Devnet;
const opened: Instance[] = [];
type Customer = Awaited<ReturnType<typeof newWallet>>;

async function open(doubleDrive = true): Promise<Customer> {
  const instance = await newWallet(devnet, { config: { doubleDrive } });
  opened.push(instance);
  await fund(devnet, instance, 60_000n);
  return instance;
}
const freshId = () => new Uint8Array(randomBytes(32));
function invoice(sat: bigint, request: OfferRequest = {}): DevInvoice {
  const { offer } = devnet.lightning.createOffer(request);
  devnet.lightning.fetchInvoice(offer, sat * 1000n);
  return devnet.lightning.invoices.at(-1) as DevInvoice;
}
const pay = ({ wallet }: Instance, { text }: DevInvoice, id: Uint8Array, amountMsats?: bigint) =>
  wallet.payForBolt12Invoice(text, id, { verify: 'unrequested', retry: 'once', amountMsats });
/** LDK's name of the refusal. */
const refusal = async (paying: Promise<unknown>): Promise<string> => {
  const error: unknown = await paying.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!isSkiffError(error)) throw new Error(`not refused: ${String(error)}`);
  return error.details['ldk'] ?? error.code;
};
const ended = async (w: Instance, id: Uint8Array) => {
  await w.settle();
  return w.wallet.paymentEnd(id);
};
const isHeld = ({ paymentHash }: DevInvoice) =>
  expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 60_000 }).toBe('held');
const isWaiting = ({ paymentHash }: DevInvoice, amount: bigint) =>
  expect.poll(() => devnet.lightning.waitingParts(paymentHash), { timeout: 60_000 }).toContainEqual(amount);
const untouched = async ({ wallet, db }: Instance) => ({
  pending: (await wallet.pending()).length,
  locked: (await wallet.coins()).filter((c) => c.state === 'locked').length,
  lines: (await wallet.history()).filter((l) => l.subsystem.name === 'bark.lightning_send').length,
  rows: await db.read(['bolt12Payments'], (tx) => tx.count('bolt12Payments')),
});
const NOTHING = { pending: 0, locked: 0, lines: 0, rows: 0 };

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterEach(() => {
  devnet.ark.config.extensions = ['partial-payments'];
  devnet.lightning.setPartTimeout(60_000);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('an invoice that nobody here asked for', () => {
  test('is paid under a fresh id, and its preimage proves it', async () => {
    const w = await open();
    const [bill, id] = [invoice(2_000n), freshId()];
    await pay(w, bill, id);
    const end = await ended(w, id);
    expect(end).toMatchObject({ event: 'PaymentSent', invoice: bill.text });
    expect(end?.event === 'PaymentSent' && toHex(sha256(end.preimage))).toBe(bill.paymentHash);
    expect((await w.wallet.recentPayments()).map((p) => p.state)).toEqual(['Fulfilled']);
    // The id stays taken, after a restart too, even for another invoice.
    expect(await refusal(pay(w, invoice(2_000n), id))).toBe('DuplicateInvoice');
    await w.close();
    const again = await openInstance(devnet, w.profile);
    opened.splice(opened.indexOf(w), 1, again);
    expect(await refusal(pay(again, invoice(2_000n), id))).toBe('DuplicateInvoice');
    expect(await refusal(pay(again, bill, freshId()))).toBe('DuplicateInvoice');
  });

  test('offered under two ids at the same time is paid once', async () => {
    const w = await open();
    const bill = invoice(2_000n);
    const ids = [freshId(), freshId()];
    const results = await Promise.allSettled(ids.map((id) => pay(w, bill, id)));
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    await w.settle();
    expect((await w.wallet.recentPayments()).map((p) => p.state)).toEqual(['Fulfilled']);
    expect(devnet.lightning.invoice(bill.paymentHash)?.receivedMsat).toBe(2_000_000n);
  });

  test('with one id and two invoices at the same time: one is paid', async () => {
    const w = await open();
    const id = freshId();
    const bills = [invoice(2_000n), invoice(3_000n)];
    const results = await Promise.allSettled(bills.map((bill) => pay(w, bill, id)));
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    await w.settle();
    expect(bills.map((b) => devnet.lightning.invoice(b.paymentHash)?.state).sort()).toEqual([
      'open',
      'settled',
    ]);
  });

  test('is refused before anything is written when it is not what it should be', async () => {
    const w = await open();
    const foreign = { ...invoice(1n), text: MAINNET_INVOICE };
    expect(await refusal(pay(w, foreign, freshId()))).toBe('InvalidSemantics(UnsupportedChain)');
    const whole = invoice(1_000n, { invoices: { parts: false } });
    const { offer } = devnet.lightning.createOffer({});
    const request = makeInvoiceRequest(curve, offer, {
      fields: { payerMetadata: freshId(), chain: offer.fields.chains?.[0], amount: 1_000_000n },
      payerSecret: freshId(),
      aux: freshId(),
    });
    const other = w.wallet.payForBolt12Invoice(whole.text, freshId(), { verify: { request } });
    expect(await refusal(other)).toBe('UnexpectedInvoice');
    expect(await refusal(pay(w, whole, freshId(), 0n))).toBe('InvalidAmount');
    expect(await refusal(pay(w, whole, freshId(), 1_000_001n))).toBe('InvalidAmount');
    expect(await refusal(pay(w, whole, freshId(), 999_999n))).toBe('InvalidAmount');
    const odd = invoice(1_000n, { invoices: { unknownFeature: true } });
    expect(await refusal(pay(w, odd, freshId()))).toBe('UnknownRequiredFeatures');
    expect(
      await refusal(w.wallet.payForBolt12Invoice(staticText(), freshId(), { verify: 'unrequested' })),
    ).toBe('StaticInvoiceUnsupported');
    expect(await refusal(pay(w, whole, new Uint8Array(31)))).toBe('INVALID_ARGUMENT');
    expect(await untouched(w)).toEqual(NOTHING);
  });

  test('may come with plus signs and in capitals', async () => {
    const w = await open();
    const bill = invoice(2_000n);
    const id = freshId();
    const text = `${bill.text.slice(0, 40)}+\n  ${bill.text.slice(40)}`.toUpperCase();
    await pay(w, { ...bill, text }, id);
    expect(await ended(w, id)).toMatchObject({ event: 'PaymentSent', invoice: bill.text });
  });

  test('that failed may be paid again under a fresh id, not under the old one', async () => {
    const w = await open(false);
    const [bill, id] = [invoice(2_000n), freshId()];
    devnet.lightning.failNext('NO_ROUTE');
    await pay(w, bill, id);
    expect(await ended(w, id)).toMatchObject({ event: 'PaymentFailed', reason: 'RouteNotFound' });
    expect(await refusal(pay(w, bill, id))).toBe('DuplicateInvoice');
    const fresh = freshId();
    await pay(w, bill, fresh);
    expect(await ended(w, fresh)).toMatchObject({ event: 'PaymentSent' });
    // The first one's end is what it was.
    expect(await w.wallet.paymentEnd(id)).toMatchObject({ event: 'PaymentFailed', reason: 'RouteNotFound' });
  });

  test('given up on while it is under way: the id stays taken, and what happens then is its one outcome', async () => {
    const w = await open();
    const [kept, lost] = [invoice(2_000n, { hold: true }), invoice(3_000n, { hold: true })];
    const [keptId, lostId] = [freshId(), freshId()];
    await pay(w, kept, keptId);
    await isHeld(kept);
    await pay(w, lost, lostId);
    await isHeld(lost);
    for (const id of [keptId, lostId]) await w.wallet.abandonPayment(id);
    expect((await w.wallet.recentPayments()).map((p) => p.state)).toEqual(['Abandoned', 'Abandoned']);
    expect(await refusal(pay(w, kept, keptId))).toBe('DuplicateInvoice');
    expect(await w.wallet.paymentEnd(keptId)).toBeUndefined();
    devnet.lightning.settle(kept.paymentHash);
    devnet.lightning.cancel(lost.paymentHash);
    expect(await ended(w, keptId)).toMatchObject({ event: 'PaymentSent' });
    expect(await ended(w, lostId)).toMatchObject({ event: 'PaymentFailed', reason: 'UserAbandoned' });
    await w.wallet.abandonPayment(keptId);
    expect(await w.wallet.paymentEnd(keptId)).toMatchObject({ event: 'PaymentSent' });
  });
});

describe('an invoice that several pay', () => {
  test('a node of the network pays the rest: both have the preimage, the payee has all', async () => {
    const w = await open();
    const [bill, id] = [invoice(10_000n), freshId()];
    await pay(w, bill, id, 4_000_500n);
    await isWaiting(bill, 4_000_500n);
    // The payee holds until everything is there.
    expect(devnet.lightning.invoice(bill.paymentHash)?.state).toBe('open');
    expect(await w.wallet.paymentEnd(id)).toBeUndefined();
    const other = devnet.lightning.payer.pay(bill.text, { amountMsat: 5_999_500n, isPart: true });
    await other.ended;
    const end = await ended(w, id);
    expect(end).toMatchObject({ event: 'PaymentSent' });
    expect(other).toMatchObject({
      state: 'paid',
      preimage: end?.event === 'PaymentSent' && toHex(end.preimage),
    });
    expect(devnet.lightning.invoice(bill.paymentHash)?.receivedMsat).toBe(10_000_000n);
    const [line] = await w.wallet.history();
    // The fraction of a satoshi is rounded up.
    expect(line).toMatchObject({ status: 'successful', intended: -4_001n });
  });

  test('the others do not come: the money is back, and it failed once', async () => {
    const w = await open();
    const before = (await w.wallet.balance()).spendable;
    const [bill, id] = [invoice(10_000n), freshId()];
    devnet.lightning.setPartTimeout(1);
    await pay(w, bill, id, 4_000_000n);
    expect(await ended(w, id)).toMatchObject({ event: 'PaymentFailed', reason: 'RetriesExhausted' });
    expect((await w.wallet.balance()).spendable).toBe(before);
  });

  test('a second customer of the same server is refused, and nothing of theirs is locked', async () => {
    const [w, second] = [await open(), await open()];
    const [bill, id] = [invoice(10_000n), freshId()];
    await pay(w, bill, id, 4_000_000n);
    await isWaiting(bill, 4_000_000n);
    expect(await refusal(pay(second, bill, freshId(), 6_000_000n))).toBe('DuplicateInvoice');
    expect(await untouched(second)).toEqual(NOTHING);
    const rest = devnet.lightning.payer.pay(bill.text, { amountMsat: 6_000_000n, isPart: true });
    await rest.ended;
    expect(await ended(w, id)).toMatchObject({ event: 'PaymentSent' });
  });

  test('a server that cannot pay parts is not asked to', async () => {
    devnet.ark.config.extensions = [];
    const w = await open();
    expect(await refusal(pay(w, invoice(10_000n), freshId(), 4_000_000n))).toBe('PartialUnsupported');
    expect(await untouched(w)).toEqual(NOTHING);
  });
});

/** A static invoice in the shape of an `lni`. */
function staticText(): string {
  const secret = sha256(fromHex('07'));
  const node = curve.publicKey(secret);
  const path = { introduction: { nodeId: node }, pathKey: node, hops: [{ nodeId: node, data: freshId() }] };
  const offer = encodeOffer(curve, { issuerId: node, paths: [path] });
  const payInfo = {
    feeBaseMsat: 0,
    feeProportionalMillionths: 0,
    cltvExpiryDelta: 18,
    htlcMinimum: msats(1n),
    htlcMaximum: msats(1_000_000n),
    features: featureVector([]),
  };
  const made = makeStaticInvoice(curve, offer, {
    fields: { paths: [path], payInfo: [payInfo], messagePaths: [path], createdAt: 1n },
    signingSecret: secret,
    aux: freshId(),
  });
  return encodeBolt12Text('lni', made.bytes);
}
