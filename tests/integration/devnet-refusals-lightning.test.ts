// What the Ark server refuses of Lightning payments, in the order of its checks, and with which status (captaind's rules).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { Destination } from '../../devnet/ark/arkoor-build.ts';
import type { DevInvoice } from '../../devnet/lightning/invoice.ts';
import { createLightning } from '../../devnet/lightning/network.ts';
import type { HtlcSendPolicy } from '../../src/ark/policy.ts';
import { vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { LightningFailureReason } from '../../src/server/gen/core_pb.js';
import { sats } from '../../src/units.ts';
import {
  board,
  connectTo,
  freshKey,
  prepareSpend,
  pubkeyTo,
  type Clients,
  type Spend,
} from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
let clients: Clients;
const key = freshKey();
let coin: Vtxo;
let invoice: DevInvoice;

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  clients = connectTo(devnet);
});
beforeEach(async () => {
  coin = await board(devnet, clients, key, 50_000n);
  invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n });
});
afterAll(() => devnet.stop());

const INVALID = { code: 'InvalidArgument' };
const INTERNAL = { code: 'Internal' };
const HTLC_AMOUNT = 10_200n;

const expiry = () => devnet.chain.height() + devnet.ark.config.htlcSendExpiryDelta;
const htlcPolicy = (change: Partial<HtlcSendPolicy> = {}): HtlcSendPolicy => ({
  type: 'server-htlc-send',
  version: 1,
  userPubkey: key.public,
  paymentHash: fromHex(invoice.paymentHash),
  htlcExpiry: expiry(),
  ...change,
});
const htlc = (change: Partial<HtlcSendPolicy> = {}, amount = HTLC_AMOUNT): Destination => ({
  amount: sats(amount),
  policy: htlcPolicy(change),
});
const change = (paid = HTLC_AMOUNT): Destination => ({
  amount: sats(coin.amount - paid),
  policy: pubkeyTo(key),
});
const payment = (...outputs: Destination[]): Spend => ({ vtxo: coin, key, outputs });
const cosign = (...spends: Spend[]) => {
  const { parts, finish } = prepareSpend(devnet, spends);
  return clients.ark.requestLightningPayHtlcCosign({ parts }).then(finish);
};
const register = (vtxos: Vtxo[]) =>
  clients.ark.registerVtxoTransactions({ vtxos: vtxos.map((vtxo) => encodeVtxo(vtxo, 'full')) });

/** Coins in the HTLC, registered. */
async function inHtlc(amount = HTLC_AMOUNT): Promise<Vtxo> {
  const vtxos = await cosign(payment(htlc({}, amount), change(amount)));
  await register(vtxos);
  return vtxos[0] as Vtxo;
}
const initiate = (vtxo: Vtxo, override: object = {}) =>
  clients.ark.initiateLightningPayment({
    invoice: invoice.text,
    htlcVtxoIds: [vtxoIdBytes(vtxo.point)],
    paymentAmountSat: 10_000n,
    ...override,
  });
const check = (wait = true) =>
  clients.ark.checkLightningPayment({ hash: fromHex(invoice.paymentHash), wait });
const revokeTo = (vtxo: Vtxo, outputs: Destination[]) => {
  const { parts, finish } = prepareSpend(devnet, [{ vtxo, key, outputs }]);
  return clients.ark.requestLightningPayHtlcRevocation({ parts }).then(finish);
};
const back = (vtxo: Vtxo): Destination[] => [{ amount: vtxo.amount, policy: pubkeyTo(key) }];
const stateOf = (vtxo: Vtxo) => devnet.ark.state.vtxos.get(vtxoId(vtxo))?.state;

describe('RequestLightningPayHtlcCosign refuses', () => {
  test.each([
    ['no pver', ''],
    ['a pver that is no number', 'x'],
    ['an old pver', '4'],
  ])('%s', async (_, pver) => {
    const { parts } = prepareSpend(devnet, [payment(htlc(), change())]);
    expect(await refusal(connectTo(devnet, pver).ark.requestLightningPayHtlcCosign({ parts }))).toMatchObject(
      INVALID,
    );
  });

  test('an unknown input', async () => {
    const stranger = { ...coin, point: { txid: new Uint8Array(32).fill(4), vout: 0 } };
    expect(await refusal(cosign({ ...payment(htlc(), change()), vtxo: stranger }))).toMatchObject({
      code: 'NotFound',
      identifiers: vtxoId(stranger),
    });
  });

  test('a package without HTLC, or with the old kind of HTLC', async () => {
    expect(await refusal(cosign(payment(change(0n))))).toMatchObject(INVALID);
    expect(await refusal(cosign(payment(htlc({ version: 0 }), change())))).toMatchObject(INVALID);
  });

  test('HTLCs that differ', async () => {
    const second = htlc({ userPubkey: freshKey().public });
    expect(await refusal(cosign(payment(htlc(), second, change(2n * HTLC_AMOUNT))))).toMatchObject(INTERNAL);
  });

  test('an expiry more than one block too low', async () => {
    const low = await refusal(cosign(payment(htlc({ htlcExpiry: expiry() - 2 }), change())));
    expect(low).toMatchObject({ ...INVALID, text: expect.stringContaining('sync your node') });
    await cosign(payment(htlc({ htlcExpiry: expiry() - 1 }), change()));
  });

  test('what any cosign request may not be', async () => {
    const parts = prepareSpend(devnet, [payment(htlc(), change())]).parts;
    const ask = (override: object) =>
      refusal(
        clients.ark.requestLightningPayHtlcCosign({ parts: parts.map((p) => ({ ...p, ...override })) }),
      );
    expect(await ask({ attestation: new Uint8Array(64).fill(1) })).toMatchObject(INVALID);
    expect(await ask({ useCheckpoint: false })).toMatchObject(INVALID);
    expect(await ask({ userPubNonces: parts[0]?.userPubNonces.slice(1) })).toMatchObject(INVALID);
    expect(await ask({ attestation: new Uint8Array(1) })).toMatchObject(INTERNAL);
    expect(await refusal(cosign(payment(htlc(), change(HTLC_AMOUNT + 1n))))).toMatchObject(INVALID);
    expect(await refusal(cosign(payment(htlc({}, 100n), change(100n))))).toMatchObject(INVALID);
  });

  test('a spent coin, while the identical package is signed again', async () => {
    const same = payment(htlc(), change());
    const [first] = await cosign(same);
    const [again] = await cosign(same);
    expect(vtxoId(again as Vtxo)).toBe(vtxoId(first as Vtxo));
    expect(
      await refusal(cosign(payment(htlc({}, HTLC_AMOUNT + 1n), change(HTLC_AMOUNT + 1n)))),
    ).toMatchObject(INVALID);
  });

  test('a payment under way, and then one that is paid, even as a replay', async () => {
    invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n, hold: true });
    const same = payment(htlc(), change());
    const vtxos = await cosign(same);
    await register(vtxos);
    await initiate(vtxos[0] as Vtxo);
    expect(await refusal(cosign(same))).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('in progress'),
    });
    await expect.poll(() => invoice.state).toBe('held');
    devnet.lightning.settle(invoice.paymentHash);
    await check();
    expect(await refusal(cosign(same))).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('already been paid'),
    });
    coin = await board(devnet, clients, key, 50_000n);
    expect(await refusal(cosign(payment(htlc(), change())))).toMatchObject(INVALID);
  });
});

test('an HTLC coin is no input of ordinary transfers', async () => {
  const vtxo = await inHtlc();
  const { parts } = prepareSpend(devnet, [{ vtxo, key, outputs: back(vtxo) }]);
  expect(await refusal(clients.ark.requestArkoorCosign({ parts }))).toMatchObject(INVALID);
});

describe('InitiateLightningPayment refuses', () => {
  test('an old pver', async () => {
    const vtxo = await inHtlc();
    const old = connectTo(devnet, '4').ark.initiateLightningPayment({
      invoice: invoice.text,
      htlcVtxoIds: [vtxoIdBytes(vtxo.point)],
    });
    expect(await refusal(old)).toMatchObject(INVALID);
  });

  test('an invoice that is none, and one with a forged signature', async () => {
    const vtxo = await inHtlc();
    expect(await refusal(initiate(vtxo, { invoice: 'lnbcrt1nothing' }))).toMatchObject(INVALID);
    const last = invoice.text.at(-1) === 'q' ? 'p' : 'q';
    expect(await refusal(initiate(vtxo, { invoice: invoice.text.slice(0, -1) + last }))).toMatchObject(
      INVALID,
    );
  });

  test('unknown coins, by name, and malformed ids', async () => {
    const vtxo = await inHtlc();
    const unknown = { htlcVtxoIds: [new Uint8Array(36).fill(7)] };
    expect(await refusal(initiate(vtxo, unknown))).toMatchObject({
      code: 'NotFound',
      identifiers: expect.stringContaining('0707'),
    });
    expect(await refusal(initiate(vtxo, { htlcVtxoIds: [new Uint8Array(4)] }))).toMatchObject(INVALID);
    expect(await refusal(initiate(vtxo, { mailboxId: new Uint8Array(33) }))).toMatchObject(INVALID);
  });

  test('an HTLC coin that was not registered, and a coin that is no HTLC', async () => {
    const [vtxo] = await cosign(payment(htlc(), change()));
    expect(await refusal(initiate(vtxo as Vtxo))).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('unregistered'),
    });
    const plain = await board(devnet, clients, key, 50_000n);
    expect(await refusal(initiate(plain))).toMatchObject(INVALID);
  });

  test('another payment hash', async () => {
    const vtxo = await inHtlc();
    const other = devnet.lightning.createInvoice({ amountMsat: 10_000_000n });
    expect(await refusal(initiate(vtxo, { invoice: other.bolt11 }))).toMatchObject(INVALID);
  });

  test('less than the invoice, more than twice the invoice, less than amount and fee', async () => {
    const vtxo = await inHtlc(25_000n);
    expect(await refusal(initiate(vtxo, { paymentAmountSat: 9_999n }))).toMatchObject(INVALID);
    expect(await refusal(initiate(vtxo, { paymentAmountSat: 20_001n }))).toMatchObject(INVALID);
    // base 75 and 8000 ppm of what the payment takes from a coin with more than 2161 blocks to live
    coin = await board(devnet, clients, key, 50_000n);
    invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n });
    const exact = await inHtlc(10_155n);
    expect(await refusal(initiate(exact, { paymentAmountSat: 10_001n }))).toMatchObject(INVALID);
    await initiate(exact);
    expect((await check()).paymentStatus.case).toBe('success');
  });

  test('a coin whose payment has settled', async () => {
    const vtxo = await inHtlc();
    await initiate(vtxo);
    await check();
    expect(stateOf(vtxo)).toBe('ln-spent');
    expect(await refusal(initiate(vtxo))).toMatchObject(INVALID);
  });
});

test('a second start while one is under way changes nothing', async () => {
  invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n, hold: true });
  const vtxo = await inHtlc();
  await initiate(vtxo);
  await initiate(vtxo);
  expect(devnet.ark.state.attempts.get(invoice.paymentHash)?.length).toBe(1);
  expect((await check(false)).paymentStatus.case).toBe('pending');
  devnet.lightning.cancel(invoice.paymentHash);
  expect((await check()).paymentStatus).toMatchObject({
    case: 'failed',
    value: { reason: LightningFailureReason.LIGHTNING_FAILURE_DESTINATION_REJECTED },
  });
});

test('CheckLightningPayment: a malformed and an unknown hash', async () => {
  expect(await refusal(clients.ark.checkLightningPayment({ hash: new Uint8Array(31) }))).toMatchObject(
    INVALID,
  );
  expect(await refusal(check(false))).toMatchObject({ code: 'NotFound', identifiers: invoice.paymentHash });
  expect(await refusal(check(true))).toMatchObject({ code: 'NotFound' });
});

test('an invoice of a node outside of the network fails without a route', async () => {
  const foreign = createLightning({
    curve: nobleCurve,
    now: () => devnet.clock.now(),
    seed: new Uint8Array(32),
  });
  invoice = foreign.createInvoice({ amountMsat: 10_000_000n });
  await initiate(await inHtlc());
  expect((await check()).paymentStatus).toMatchObject({
    value: { reason: LightningFailureReason.LIGHTNING_FAILURE_NO_ROUTE },
  });
});

describe('RequestLightningPayHtlcRevocation', () => {
  test('gives back what never started, and what failed', async () => {
    const idle = await inHtlc();
    const [coinBack] = await revokeTo(idle, back(idle));
    expect(stateOf(coinBack as Vtxo)).toBe('unregistered');
    await revokeTo(idle, back(idle));
    const elsewhere = [{ amount: idle.amount, policy: pubkeyTo(freshKey()) }];
    expect(await refusal(revokeTo(idle, elsewhere))).toMatchObject(INTERNAL);

    coin = await board(devnet, clients, key, 50_000n);
    devnet.lightning.failNext('NO_ROUTE');
    const failed = await inHtlc();
    await initiate(failed);
    await check();
    await register(await revokeTo(failed, back(failed)));
  });

  test('refuses a payment under way until its expiry has passed', async () => {
    invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n, hold: true });
    const vtxo = await inHtlc();
    await initiate(vtxo);
    await expect.poll(() => invoice.state).toBe('held');
    expect(await refusal(revokeTo(vtxo, back(vtxo)))).toMatchObject(INVALID);
    devnet.chain.mine(devnet.ark.config.htlcSendExpiryDelta);
    expect(await refusal(revokeTo(vtxo, back(vtxo)))).toMatchObject(INVALID);
    devnet.chain.mine(1);
    await revokeTo(vtxo, back(vtxo));
    expect((await check()).paymentStatus.case).toBe('failed');
    expect(() => devnet.lightning.settle(invoice.paymentHash)).toThrow();
  });

  test('refuses what is paid and names the preimage', async () => {
    const vtxo = await inHtlc();
    await initiate(vtxo);
    await check();
    expect(await refusal(revokeTo(vtxo, back(vtxo)))).toMatchObject({
      ...INVALID,
      text: expect.stringContaining(`preimage: ${toHex(invoice.preimage)}`),
    });
  });

  test('refuses an unregistered HTLC, unknown coins, coins that are no HTLC', async () => {
    const [vtxo] = await cosign(payment(htlc(), change()));
    expect(await refusal(revokeTo(vtxo as Vtxo, back(vtxo as Vtxo)))).toMatchObject(INVALID);
    const stranger = { ...(vtxo as Vtxo), point: { txid: new Uint8Array(32).fill(2), vout: 0 } };
    expect(await refusal(revokeTo(stranger, back(stranger)))).toMatchObject({
      code: 'NotFound',
      identifiers: vtxoId(stranger),
    });
    const plain = await board(devnet, clients, key, 50_000n);
    expect(await refusal(revokeTo(plain, back(plain)))).toMatchObject(INTERNAL);
  });

  test('refuses two outputs, another kind of output, outputs that differ, no parts', async () => {
    const vtxo = await inHtlc();
    const half = (n: bigint): Destination => ({ amount: sats(n), policy: pubkeyTo(key) });
    expect(await refusal(revokeTo(vtxo, [half(5_000n), half(vtxo.amount - 5_000n)]))).toMatchObject(INVALID);
    expect(await refusal(revokeTo(vtxo, [{ amount: vtxo.amount, policy: htlcPolicy() }]))).toMatchObject(
      INVALID,
    );
    const other = { amount: sats(vtxo.amount - 5_000n), policy: pubkeyTo(freshKey()) };
    expect(await refusal(revokeTo(vtxo, [half(5_000n), other]))).toMatchObject(INTERNAL);
    expect(await refusal(clients.ark.requestLightningPayHtlcRevocation({ parts: [] }))).toMatchObject(
      INTERNAL,
    );
  });

  test('does not care how deep the chain is', async () => {
    const vtxo = await inHtlc();
    devnet.ark.config.maxVtxoExitDepth = 2;
    await revokeTo(vtxo, back(vtxo)).finally(() => (devnet.ark.config.maxVtxoExitDepth = 100));
  });
});
