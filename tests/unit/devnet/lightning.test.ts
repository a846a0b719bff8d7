// The simulated Lightning network: what a payee accepts, and every way a payment can end.
import { expect, test } from 'vitest';
import { createLightning, type InvoiceRequest, type PayRequest } from '../../../devnet/lightning/network.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';

const setup = () => {
  let now = 1_800_000_000_000;
  const network = createLightning({ curve: nobleCurve, now: () => now, seed: new Uint8Array(32).fill(7) });
  const pay = (bolt11: string, change: Partial<PayRequest> = {}) =>
    network.pay({ invoice: bolt11, amountMsat: 50_000_000n, maxFeeMsat: 1000n, maxCltv: 200, ...change });
  const invoice = (request: InvoiceRequest = {}) =>
    network.createInvoice({ amountMsat: 50_000_000n, ...request });
  return { network, pay, invoice, pass: (seconds: number) => (now += seconds * 1000) };
};

test('a payment brings the preimage and settles the invoice', async () => {
  const { pay, invoice } = setup();
  const made = invoice({ memo: 'coffee' });
  const result = await pay(made.bolt11);
  expect('preimage' in result && toHex(sha256(result.preimage))).toBe(made.paymentHash);
  expect(made).toMatchObject({ state: 'settled', receivedMsat: 50_000_000n });
});

test('an invoice of a node outside of the network has no route', async () => {
  const { pay } = setup();
  const foreign = createLightning({
    curve: nobleCurve,
    now: () => 1_800_000_000_000,
    seed: new Uint8Array(32),
  });
  expect(await pay(foreign.createInvoice().bolt11)).toEqual({ failed: 'NO_ROUTE' });
});

test('the payee refuses too little, too much, too late and a second time', async () => {
  const { pay, invoice, pass } = setup();
  const made = invoice({ expirySeconds: 60 });
  expect(await pay(made.bolt11, { amountMsat: 49_999_999n })).toEqual({ failed: 'DESTINATION_REJECTED' });
  expect(await pay(made.bolt11, { amountMsat: 100_000_001n })).toEqual({ failed: 'DESTINATION_REJECTED' });
  const late = invoice({ expirySeconds: 60 });
  pass(30);
  await pay(made.bolt11);
  expect(await pay(made.bolt11)).toEqual({ failed: 'DESTINATION_REJECTED' });
  pass(31);
  expect(await pay(late.bolt11)).toEqual({ failed: 'INVOICE_STATE' });
});

test('route fee and route length count', async () => {
  const { network, pay, invoice } = setup();
  network.setRoute({ feeMsat: 1001n });
  expect(await pay(invoice().bolt11)).toEqual({ failed: 'FEE_TOO_LOW' });
  network.setRoute({ feeMsat: 0n, blocks: 190 });
  expect(await pay(invoice().bolt11)).toEqual({ failed: 'CLTV_TOO_LONG' });
});

test('a failure on demand leaves the invoice payable', async () => {
  const { network, pay, invoice } = setup();
  network.failNext('SETUP_TIMEOUT');
  const made = invoice();
  expect(await pay(made.bolt11)).toEqual({ failed: 'SETUP_TIMEOUT' });
  expect(made.state).toBe('open');
  expect(await pay(made.bolt11)).toHaveProperty('preimage');
});

test('a held payment waits for settle or cancel', async () => {
  const { network, pay, invoice } = setup();
  const kept = invoice({ hold: true });
  const settled = pay(kept.bolt11);
  await expect.poll(() => kept.state).toBe('held');
  network.settle(kept.paymentHash);
  expect(await settled).toHaveProperty('preimage');

  const given = invoice({ hold: true });
  const canceled = pay(given.bolt11);
  await expect.poll(() => given.state).toBe('held');
  network.cancel(given.paymentHash);
  expect(await canceled).toEqual({ failed: 'DESTINATION_REJECTED' });
});

test('a payer who gives up frees the invoice', async () => {
  const { pay, invoice } = setup();
  const stop = new AbortController();
  const made = invoice({ hold: true });
  const result = pay(made.bolt11, { signal: stop.signal });
  await expect.poll(() => made.state).toBe('held');
  stop.abort();
  expect(await result).toEqual({ failed: 'OTHER' });
  expect(made.state).toBe('open');
});
