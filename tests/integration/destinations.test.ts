// Everything that Lightning can pay besides a plain invoice, from the text to the history line, over a devnet with
// honest and dishonest issuers. A payment that cannot be made leaves nothing behind.
import { createCipheriv, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { LNURL_LIES } from '../../devnet/lightning/lnurl.ts';
import { OFFER_LIES } from '../../devnet/lightning/offers.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { isSkiffError } from '../../src/errors.ts';
import { takeOption } from '../../src/lightning/payment-request.ts';
import { sats } from '../../src/units.ts';
import { receiptOf } from '../../src/wallet/resolve/success-action.ts';
import type { PayOptions } from '../../src/wallet/wallet.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
let w: Instance;
let host: string;

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
  w = await newWallet(devnet, { config: { doubleDrive: true } });
  await fund(devnet, w, 2_000_000n);
  host = `localhost:${new URL(devnet.esploraUrl).port}`;
});
afterAll(async () => {
  await w.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

interface Order extends Pick<PayOptions, 'comment'> {
  amount?: bigint;
}

/** From text to the end of the payment. */
async function pay(text: string, { amount, comment }: Order = {}, from = w) {
  const instruction = await from.wallet.inspect(text);
  const options = { comment, ...(amount !== undefined && { amount: sats(amount) }) };
  const { actionId, paymentHash } = await from.wallet.pay(instruction, options);
  await from.settle();
  const line = (await from.wallet.movement(actionId))!;
  return { line, paymentHash, received: devnet.lightning.invoice(paymentHash!)?.receivedMsat };
}

const tables = ['actions', 'coins', 'movements', 'keys', 'paidInvoices'] as const;
const rows = () => w.db.read(tables, async (tx) => Promise.all(tables.map((table) => tx.query(table))));

/** Tries to pay; insists on a refusal that left nothing behind, not even at the server. */
async function refused(text: string, order: Order = {}) {
  const before = await rows();
  const error = await pay(text, order).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(await rows()).toEqual(before);
  if (!isSkiffError(error)) throw error ?? new Error('it was paid');
  expect(error.say).toMatch(/^[^{}]{10,300}[.!?]$/);
  return error;
}

const cosigned = () =>
  devnet.ark.faults.calls.filter((c) => c.method === 'RequestLightningPayHtlcCosign').length;

describe('an offer', () => {
  test('with a price is paid for exactly that, and the history names the offer', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 21_000_000n, description: 'a book' });
    const instruction = await w.wallet.inspect(text);
    expect(instruction).toMatchObject({
      amount: 21_000n,
      message: 'a book',
      choice: { method: { kind: 'offer' } },
    });
    const quote = await w.wallet.quote(instruction);
    expect(quote).toMatchObject({ travels: 'lightning', amount: 21_000n });
    const { line, paymentHash, received } = await pay(text);
    expect(received).toBe(21_000_000n);
    expect(line).toMatchObject({
      status: 'successful',
      intended: -21_000n,
      fee: quote.fee,
      effective: -quote.total!,
      sentTo: [{ type: 'offer', value: text, amount: 21_000n }],
      metadata: { payment_hash: paymentHash },
    });
    expect(await w.wallet.paymentStatus(paymentHash!)).toMatchObject({ status: 'paid' });
  });

  test('can be paid again and again, each time by a new invoice', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_000_000n });
    const first = await pay(text);
    const second = await pay(text);
    expect(second.paymentHash).not.toBe(first.paymentHash);
    expect([first.received, second.received]).toEqual([1_000_000n, 1_000_000n]);
  });

  test('of a node that hides behind a blinded path is paid', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 2_000_000n, hidden: true, node: 'carol' });
    expect((await pay(text)).received).toBe(2_000_000n);
  });

  test('without a price takes the amount of the payer, and asks for one', async () => {
    const { text } = devnet.lightning.createOffer();
    expect((await refused(text)).code).toBe('AMOUNT_REQUIRED');
    expect((await pay(text, { amount: 4_321n })).received).toBe(4_321_000n);
  });

  test('priced in euro is paid with the amount of the payer', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 350n, currency: 'EUR' });
    const error = await refused(text);
    expect([error.code, error.say]).toEqual(['AMOUNT_REQUIRED', expect.stringContaining('EUR')]);
  });

  test('priced below a satoshi is paid with whole satoshi', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_500_500n });
    expect((await pay(text)).received).toBe(1_501_000n);
  });

  test('may be given more, never less', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_000_000n });
    expect((await refused(text, { amount: 999n })).code).toBe('AMOUNT_OUT_OF_RANGE');
    expect((await pay(text, { amount: 1_500n })).received).toBe(1_500_000n);
  });

  test('takes no comment', async () => {
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_000_000n });
    expect((await refused(text, { comment: 'hello' })).code).toBe('INVALID_ARGUMENT');
  });

  test('for another network is never asked for', async () => {
    const asked = devnet.lightning.invoices.length;
    const { text } = devnet.lightning.createOffer({ amountMsat: 1_000_000n, network: 'signet' });
    expect((await refused(text)).code).toBe('WRONG_NETWORK');
    expect(devnet.lightning.invoices.length).toBe(asked);
  });

  const codes: Record<(typeof OFFER_LIES)[number], string> = {
    inflated: 'SERVER_MISBEHAVED',
    'wrong-key': 'SERVER_MISBEHAVED',
    'other-offer': 'SERVER_MISBEHAVED',
    'broken-signature': 'INVALID_SIGNATURE',
    expired: 'INVOICE_EXPIRED',
    silent: 'RECIPIENT_UNREACHABLE',
  };
  test.each(OFFER_LIES)('whose invoice lies (%s) is not paid and leaves nothing behind', async (lie) => {
    const before = cosigned();
    const { text } = devnet.lightning.createOffer({ amountMsat: 3_000_000n, lie });
    expect((await refused(text)).code).toBe(codes[lie]);
    expect(cosigned()).toBe(before);
  });

  test('whose payment fails gives the money back and may be tried again', async () => {
    // Driven once: a step that runs twice pays again after the failure, as it should.
    const plain = await newWallet(devnet);
    await fund(devnet, plain, 50_000n);
    const { text } = devnet.lightning.createOffer({ amountMsat: 5_000_000n });
    const { spendable } = await plain.wallet.balance();
    devnet.lightning.failNext('NO_ROUTE');
    const { line } = await pay(text, {}, plain);
    expect(line).toMatchObject({ status: 'failed', effective: 0n, sentTo: [{ type: 'offer', value: text }] });
    expect((await plain.wallet.balance()).spendable).toBe(spendable);
    expect((await pay(text, {}, plain)).received).toBe(5_000_000n);
    await plain.close();
  });
});

describe('a BOLT 12 invoice', () => {
  const invoice = (sat: bigint) => {
    const { offer } = devnet.lightning.createOffer({ amountMsat: sat * 1000n });
    devnet.lightning.fetchInvoice(offer, sat * 1000n);
    return devnet.lightning.invoices.at(-1)!.text;
  };

  test('is paid once, for its amount', async () => {
    const text = invoice(1_234n);
    const { received, line } = await pay(text);
    expect(received).toBe(1_234_000n);
    expect(line.sentTo).toMatchObject([{ type: 'invoice', value: text }]);
    expect((await refused(text)).code).toBe('ALREADY_PAID');
    expect((await w.wallet.quote(await w.wallet.inspect(text))).problem?.code).toBe('ALREADY_PAID');
  });

  test('is over exactly its amount', async () => {
    const text = invoice(1_000n);
    expect((await refused(text, { amount: 1_001n })).code).toBe('AMOUNT_OUT_OF_RANGE');
  });
});

describe('a Lightning address', () => {
  beforeEach(() =>
    devnet.lnurl.set('alice', { lie: undefined, successAction: undefined, preimage: undefined }),
  );

  test('is paid with a comment, and the history names the address', async () => {
    const { line, received } = await pay(`Alice@${host}`, { amount: 7_000n, comment: 'für den Kaffee ☕' });
    expect(received).toBe(7_000_000n);
    expect(devnet.lnurl.asked.at(-1)).toMatchObject({ user: 'alice', comment: 'für den Kaffee ☕' });
    expect(line).toMatchObject({
      status: 'successful',
      sentTo: [{ type: 'lightning-address', value: `alice@${host}`, amount: 7_000n }],
      metadata: { comment: 'für den Kaffee ☕', description: 'pay alice' },
    });
  });

  test('is not asked while the payment is only looked at', async () => {
    const before = devnet.lnurl.requests;
    const instruction = await w.wallet.inspect(`alice@${host}`);
    expect((await w.wallet.quote(instruction)).problem?.code).toBe('AMOUNT_REQUIRED');
    expect(await w.wallet.quote(instruction, sats(500n))).toMatchObject({
      amount: 500n,
      total: expect.any(BigInt),
    });
    expect(devnet.lnurl.requests).toBe(before);
  });

  test('as LNURL is paid, and the history names the link', async () => {
    const link = `lnurlp://${host}/lnurlp/alice`;
    const { line, received } = await pay(link, { amount: 900n });
    expect(received).toBe(900_000n);
    expect(line.sentTo).toMatchObject([{ type: 'lnurl', value: link }]);
  });

  test('keeps its limits: too little, too much, a comment too long, a comment not taken', async () => {
    devnet.lnurl.set('carol', { minSat: 100, maxSat: 200, commentAllowed: 5 });
    const to = `carol@${host}`;
    const asked = devnet.lnurl.asked.length;
    expect(await refused(to, { amount: 99n })).toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: expect.stringContaining('between 100 and 200 sats'),
    });
    expect((await refused(to, { amount: 201n })).code).toBe('AMOUNT_OUT_OF_RANGE');
    expect((await refused(to, { amount: 150n, comment: '☕☕☕☕☕☕' })).code).toBe('INVALID_ARGUMENT');
    expect((await refused(`bob@${host}`, { amount: 150n, comment: 'hi' })).code).toBe('INVALID_ARGUMENT');
    expect(devnet.lnurl.asked.length).toBe(asked);
    expect((await pay(to, { amount: 150n, comment: '☕☕☕☕☕' })).received).toBe(150_000n);
  });

  const codes: Record<(typeof LNURL_LIES)[number], string | undefined> = {
    'wrong-amount': 'RECIPIENT_MISBEHAVED',
    amountless: 'RECIPIENT_MISBEHAVED',
    'wrong-network': 'WRONG_NETWORK',
    'wrong-hash': undefined,
    withdraw: 'UNSUPPORTED',
    error: 'RECIPIENT_REFUSED',
    redirect: 'RECIPIENT_UNREACHABLE',
    huge: 'RECIPIENT_UNREACHABLE',
    silent: undefined,
  };
  test.each(LNURL_LIES.filter((lie) => codes[lie] !== undefined))(
    'whose service lies (%s) is not paid and leaves nothing behind',
    async (lie) => {
      devnet.lnurl.set('alice', { lie });
      expect((await refused(`alice@${host}`, { amount: 1_000n })).code).toBe(codes[lie]);
    },
  );

  test('says why it refuses, in the words of the service', async () => {
    devnet.lnurl.set('alice', { lie: 'error' });
    expect((await refused(`alice@${host}`, { amount: 1_000n })).say).toContain('“closed for today”');
    expect((await refused(`nobody@${host}`, { amount: 1_000n })).say).toContain('nobody of this name');
  });

  test('whose invoice does not commit to the metadata is paid all the same', async () => {
    devnet.lnurl.set('alice', { lie: 'wrong-hash' });
    expect((await pay(`alice@${host}`, { amount: 1_000n })).received).toBe(1_000_000n);
  });

  test('shows what the service has to say to those who paid, and only to them', async () => {
    devnet.lnurl.set('alice', { successAction: { tag: 'message', message: 'Thank you!' } });
    const { line } = await pay(`alice@${host}`, { amount: 1_000n });
    expect(await receiptOf(line)).toEqual({ text: 'Thank you!' });
    expect(await receiptOf({ ...line, status: 'pending' })).toBeUndefined();

    const url = `http://${host}/thanks`;
    devnet.lnurl.set('alice', { successAction: { tag: 'url', description: 'Your ticket', url } });
    expect(await receiptOf((await pay(`alice@${host}`, { amount: 1_000n })).line)).toEqual({
      text: 'Your ticket',
      url,
    });
    devnet.lnurl.set('alice', {
      successAction: { tag: 'url', description: 'x', url: 'https://evil.example/' },
    });
    expect(await receiptOf((await pay(`alice@${host}`, { amount: 1_000n })).line)).toBeUndefined();
  });

  test('opens an encrypted message with the preimage', async () => {
    const [preimage, iv] = [randomBytes(32), randomBytes(16)];
    const cipher = createCipheriv('aes-256-cbc', preimage, iv);
    const ciphertext = Buffer.concat([cipher.update('code 1234'), cipher.final()]).toString('base64');
    const successAction = { tag: 'aes', description: 'Your door:', ciphertext, iv: iv.toString('base64') };
    devnet.lnurl.set('alice', { successAction, preimage: new Uint8Array(preimage) });
    const { line } = await pay(`alice@${host}`, { amount: 1_000n });
    expect(line.metadata['payment_preimage']).toBe(toHex(new Uint8Array(preimage)));
    expect(await receiptOf(line)).toEqual({ text: 'Your door: code 1234' });
    expect(
      await receiptOf({ ...line, metadata: { ...line.metadata, payment_preimage: '00'.repeat(32) } }),
    ).toBeUndefined();
  });
});

describe('a bitcoin: link with several ways', () => {
  test('is paid the first way that works, or the one that the payer takes', async () => {
    const { text: offer } = devnet.lightning.createOffer({ amountMsat: 2_500_000n });
    const { bolt11 } = devnet.lightning.createInvoice({ amountMsat: 2_500_000n });
    const uri = `bitcoin:?amount=0.000025&lno=${offer}&lightning=${bolt11}`;
    const { line } = await pay(uri);
    expect(line.sentTo).toMatchObject([{ type: 'invoice', value: bolt11 }]);

    const instruction = await w.wallet.inspect(uri);
    const other = instruction.options.find((o) => o.method.kind === 'offer')!;
    const switched = takeOption(instruction, other);
    expect(await w.wallet.quote(instruction)).toMatchObject({ problem: { code: 'ALREADY_PAID' } });
    expect(await w.wallet.quote(switched)).toMatchObject({ amount: 2_500n, total: expect.any(BigInt) });
    const { actionId } = await w.wallet.pay(switched);
    await w.settle();
    expect(await w.wallet.movement(actionId)).toMatchObject({
      status: 'successful',
      sentTo: [{ type: 'offer', value: offer, amount: 2_500n }],
    });
  });
});
