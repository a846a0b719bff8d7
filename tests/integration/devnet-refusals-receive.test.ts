// What the Ark server refuses of a wallet that wants to be paid over Lightning, in the order of its checks, and with which
// status (captaind's rules).
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { lightningReceivePreimage } from '../../src/ark/attestation.ts';
import { lightningReceiveFee } from '../../src/ark/fees.ts';
import { vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, encodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11.ts';
import { sats } from '../../src/units.ts';
import { board, connectTo, freshKey, prepareSpend, pubkeyTo, type Clients } from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
let clients: Clients;
const key = freshKey();
const mailbox = freshKey();
let preimage: Uint8Array;
let hash: Uint8Array;

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  clients = connectTo(devnet);
});
beforeEach(() => {
  preimage = new Uint8Array(randomBytes(32));
  hash = sha256(preimage);
});
afterAll(() => devnet.stop());

const INVALID = { code: 'InvalidArgument' };
const INTERNAL = { code: 'Internal' };
const AMOUNT = 30_000n;

const start = (override: object = {}) =>
  clients.ark.startLightningReceive({
    paymentHash: hash,
    amountSat: AMOUNT,
    minCltvDelta: 216,
    mailboxId: mailbox.public,
    ...override,
  });
const status = async () => (await clients.ark.checkLightningReceive({ hash, wait: false })).status;
/** Somebody pays; resolves when the server holds the money. */
async function pay(options = {}) {
  const { bolt11 } = await start();
  const payment = devnet.lightning.payer.pay(bolt11, options);
  await clients.ark.checkLightningReceive({ hash, wait: true });
  return payment;
}
const prepare = (override: object = {}) =>
  clients.ark.prepareLightningReceiveClaim({
    paymentHash: hash,
    userPubkey: key.public,
    htlcRecvExpiry: devnet.chain.height() + 214,
    ...override,
  });
const coinsOf = ({ htlcVtxos }: { htlcVtxos: Uint8Array[] }) =>
  htlcVtxos.map((bytes) => decodeVtxo(nobleCurve, bytes, 'full'));
const inWireOrder = (coins: Vtxo[]) =>
  [...coins].sort((a, b) => (toHex(vtxoIdBytes(a.point)) < toHex(vtxoIdBytes(b.point)) ? -1 : 1));
const package_ = (coins: Vtxo[]) =>
  prepareSpend(
    devnet,
    coins.map((vtxo) => ({ vtxo, key, outputs: [{ amount: vtxo.amount, policy: pubkeyTo(key) }] })),
  );
const claim = (coins: Vtxo[], override: object = {}) => {
  const { parts, finish } = package_(coins);
  return clients.ark
    .claimLightningReceive({
      paymentHash: hash,
      paymentPreimage: preimage,
      cosignRequest: { parts },
      ...override,
    })
    .then(finish);
};
const cancel = () => clients.ark.cancelLightningReceive({ paymentHash: hash });
const granted = async () => inWireOrder(coinsOf(await prepare()));

describe('StartLightningReceive', () => {
  test.each([
    ['no pver', ''],
    ['an old pver', '4'],
  ])('refuses %s', async (_, pver) => {
    const old = connectTo(devnet, pver).ark.startLightningReceive({ paymentHash: hash, amountSat: 1_000n });
    expect(await refusal(old)).toMatchObject(INVALID);
  });

  test.each([
    ['a hash of another length', { paymentHash: new Uint8Array(31) }, INVALID],
    ['no amount', { amountSat: 0n }, INVALID],
    ['a mailbox that is no key', { mailboxId: new Uint8Array(33) }, INVALID],
    ['a description that does not fit', { description: 'x'.repeat(640) }, INVALID],
    ['a delta that is too long', { minCltvDelta: 251 }, INTERNAL],
    ['an amount that the fee eats up', { amountSat: 100n }, INTERNAL],
  ])('refuses %s', async (_, override, code) => {
    expect(await refusal(start(override))).toMatchObject(code);
  });

  test('refuses more than the server takes at once', async () => {
    const { config } = devnet.ark;
    config.maxVtxoAmount = sats(20_000n);
    expect(await refusal(start())).toMatchObject(INVALID);
    delete config.maxVtxoAmount;
    config.maxLnReceiveAmount = sats(20_000n);
    expect(await refusal(start())).toMatchObject(INVALID);
    delete config.maxLnReceiveAmount;
    expect((await start()).bolt11).toMatch(/^lnbcrt/);
  });

  test('gives the same invoice for the same hash, until it is paid', async () => {
    const { bolt11 } = await start({ description: 'tea' });
    expect((await start({ description: 'coffee' })).bolt11).toBe(bolt11);
    expect(decodeBolt11(nobleCurve, bolt11)).toMatchObject({
      amount: AMOUNT * 1000n,
      description: 'tea',
      paymentHash: hash,
      expirySeconds: 172_800n,
      minFinalCltv: 256n,
    });
    devnet.lightning.payer.pay(bolt11);
    await clients.ark.checkLightningReceive({ hash, wait: true });
    expect(await refusal(start())).toMatchObject(INTERNAL);
    const coins = await granted();
    expect(await refusal(start())).toMatchObject(INTERNAL);
    await claim(coins);
    expect(await refusal(start())).toMatchObject(INTERNAL);
  });

  test('takes a cancelled invoice up again', async () => {
    const { bolt11 } = await start();
    await cancel();
    expect(await status()).toBe(4);
    expect((await start()).bolt11).toBe(bolt11);
    const payment = devnet.lightning.payer.pay(bolt11);
    await clients.ark.checkLightningReceive({ hash, wait: true });
    await claim(await granted());
    await payment.ended;
    expect(payment.preimage).toBe(toHex(preimage));
  });
});

test('CheckLightningReceive knows nothing of other hashes', async () => {
  expect(await refusal(clients.ark.checkLightningReceive({ hash, wait: false }))).toMatchObject({
    code: 'NotFound',
    identifiers: toHex(hash),
  });
  const short = clients.ark.checkLightningReceive({ hash: new Uint8Array(3), wait: false });
  expect(await refusal(short)).toMatchObject(INVALID);
});

describe('PrepareLightningReceiveClaim', () => {
  test('refuses a hash that nobody has an invoice for', async () => {
    expect(await refusal(prepare())).toMatchObject({ code: 'NotFound', identifiers: toHex(hash) });
    expect(await refusal(prepare({ userPubkey: new Uint8Array(33) }))).toMatchObject(INVALID);
  });

  test('refuses before the money is here, after it went back, and after it was claimed', async () => {
    await start();
    expect(await refusal(prepare())).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('not yet') as string,
    });
    await cancel();
    expect(await refusal(prepare())).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('canceled') as string,
    });
    await pay();
    await claim(await granted());
    expect(await refusal(prepare())).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('settled') as string,
    });
  });

  test('refuses an expiry that leaves the server no time, its own and the asked one', async () => {
    await pay();
    const height = devnet.chain.height();
    expect(await refusal(prepare({ htlcRecvExpiry: height + 217 }))).toMatchObject(INVALID);
    devnet.chain.mine(217);
    expect(await refusal(prepare({ htlcRecvExpiry: height + 216 }))).toMatchObject(INVALID);
    await cancel();
  });

  test('hands out coins over amount less fee, of the policy asked for, and the same ones for ever', async () => {
    await pay();
    const first = await prepare();
    const coins = coinsOf(first);
    const fee = lightningReceiveFee(devnet.ark.config.fees.lightningReceive, sats(AMOUNT));
    expect(coins.length).toBeGreaterThan(1);
    expect(coins.reduce((sum, c) => sum + c.amount, 0n)).toBe(AMOUNT - fee);
    for (const { policy } of coins)
      expect(policy).toEqual({
        type: 'server-htlc-receive',
        version: 1,
        userPubkey: key.public,
        paymentHash: hash,
        htlcExpiry: devnet.chain.height() + 214,
        htlcExpiryDelta: 40,
      });
    expect(first.receive).toMatchObject({
      amountSat: AMOUNT,
      status: 2,
      htlcVtxos: coins.map((c) => vtxoIdBytes(c.point)),
    });
    devnet.chain.mine(1);
    expect(coinsOf(await prepare({ userPubkey: freshKey().public, htlcRecvExpiry: 1 }))).toEqual(coins);
    await clients.ark.registerVtxoTransactions({ vtxos: coins.map((c) => encodeVtxo(c, 'full')) });
    const { parts } = package_(inWireOrder(coins));
    expect(await refusal(clients.ark.requestArkoorCosign({ parts }))).toMatchObject(INVALID);
    expect(devnet.ark.state.vtxos.get(vtxoId(coins[0]!))?.state).toBe('htlc-recv-unclaimed');
  });
});

describe('proof of a coin or a token', () => {
  const attest = (vtxo: Vtxo, by = key, of = hash) => ({
    case: 'inputVtxo' as const,
    value: {
      vtxoId: vtxoIdBytes(vtxo.point),
      attestation: nobleCurve.schnorrSign(
        sha256(lightningReceivePreimage(of, vtxoIdBytes(vtxo.point))),
        by.secret,
        new Uint8Array(randomBytes(32)),
      ),
    },
  });
  const withProof = (lightningReceiveAntiDos: object) => prepare({ lightningReceiveAntiDos });

  test('is refused when it does not hold, even where none is asked for', async () => {
    const coin = await board(devnet, clients, key, 50_000n);
    await pay();
    const wrong: object[] = [
      attest(coin, freshKey()),
      attest(coin, key, new Uint8Array(32)),
      { ...attest(coin), value: { vtxoId: vtxoIdBytes(coin.point), attestation: new Uint8Array(3) } },
      { case: 'token', value: 'unheard of' },
    ];
    for (const proof of wrong) {
      const { code } = await refusal(withProof(proof));
      expect(['InvalidArgument', 'NotFound']).toContain(code);
    }
    devnet.ark.ban(vtxoId(coin), 1_000_000);
    expect(await refusal(withProof(attest(coin)))).toMatchObject(INVALID);
    devnet.ark.ban(vtxoId(coin), undefined);
    expect(coinsOf(await withProof(attest(coin))).length).toBeGreaterThan(0);
  });

  test('must be there where the server asks for it; a token counts once and not for ever', async () => {
    devnet.ark.config.lnReceiveAntiDosRequired = true;
    try {
      const { tokens } = devnet.ark.state;
      tokens.set('old', { used: false, expiresAt: devnet.clock.now() - 1 });
      tokens.set('used', { used: true });
      tokens.set('fresh', { used: false });
      await pay();
      expect(await refusal(prepare())).toMatchObject(INVALID);
      expect(await refusal(withProof({ case: 'token', value: 'old' }))).toMatchObject(INVALID);
      expect(await refusal(withProof({ case: 'token', value: 'used' }))).toMatchObject(INVALID);
      const coins = coinsOf(await withProof({ case: 'token', value: 'fresh' }));
      expect(tokens.get('fresh')?.used).toBe(true);
      expect(coinsOf(await prepare())).toEqual(coins);
    } finally {
      devnet.ark.config.lnReceiveAntiDosRequired = false;
    }
  });
});

describe('ClaimLightningReceive', () => {
  test('refuses what is not the preimage, the coins, their order, or all of each of them', async () => {
    await pay();
    const coins = await granted();
    expect(await refusal(claim(coins, { paymentPreimage: new Uint8Array(32) }))).toMatchObject(INVALID);
    expect(await refusal(claim(coins, { paymentPreimage: new Uint8Array(31) }))).toMatchObject(INVALID);
    expect(await refusal(claim(coins, { cosignRequest: undefined }))).toMatchObject(INVALID);
    expect(await refusal(claim([...coins].reverse()))).toMatchObject(INVALID);
    expect(await refusal(claim(coins.slice(1)))).toMatchObject(INVALID);
    const large = coins.find((vtxo) => vtxo.amount > 1_000n)!;
    const two = [large.amount - 400n, 400n].map((amount) => ({
      amount: sats(amount),
      policy: pubkeyTo(key),
    }));
    const split = prepareSpend(
      devnet,
      coins.map((vtxo) => ({
        vtxo,
        key,
        outputs: vtxo === large ? two : [{ amount: vtxo.amount, policy: pubkeyTo(key) }],
      })),
    );
    expect(await refusal(claim(coins, { cosignRequest: { parts: split.parts } }))).toMatchObject(INVALID);
    const { parts } = package_(coins);
    const bare = { parts: parts.map((part) => ({ ...part, useCheckpoint: false })) };
    expect(await refusal(claim(coins, { cosignRequest: bare }))).toMatchObject(INVALID);
    expect(await status()).toBe(2);
    expect(devnet.ark.state.preimages.has(toHex(hash))).toBe(false);
    expect((await claim(coins)).length).toBe(coins.length);
  });

  test('refuses an unknown hash and one whose money is not handed out', async () => {
    await pay();
    const coins = await granted();
    const other = new Uint8Array(randomBytes(32));
    const stranger = claim(coins, { paymentHash: sha256(other), paymentPreimage: other });
    expect(await refusal(stranger)).toMatchObject({ code: 'NotFound', identifiers: toHex(sha256(other)) });
    preimage = other;
    hash = sha256(other);
    await start();
    expect(await refusal(claim(coins))).toMatchObject(INVALID);
  });

  test('refuses when the payer’s HTLC is about to end', async () => {
    const payment = await pay();
    const coins = await granted();
    devnet.chain.mine(devnet.ark.state.receives.get(toHex(hash))!.lowestExpiry! - devnet.chain.height() - 2);
    expect(await refusal(claim(coins))).toMatchObject(INVALID);
    devnet.chain.mine(2);
    await payment.ended;
    expect(payment.state).toBe('failed');
    expect(await refusal(claim(coins))).toMatchObject(INVALID);
  });

  test('can be repeated with fresh nonces: the same coins come out', async () => {
    const payment = await pay();
    const coins = await granted();
    const first = await claim(coins);
    await payment.ended;
    expect(payment).toMatchObject({ state: 'paid', preimage: toHex(preimage) });
    expect((await claim(coins)).map(vtxoId)).toEqual(first.map(vtxoId));
    await clients.ark.registerVtxoTransactions({ vtxos: first.map((c) => encodeVtxo(c, 'full')) });
    expect(devnet.ark.nonces.repeats).toEqual([]);
  });
});

describe('CancelLightningReceive', () => {
  test('refuses an unknown hash, coins that are out, and what was claimed; twice is once', async () => {
    expect(await refusal(cancel())).toMatchObject({ code: 'NotFound' });
    const payment = await pay();
    const coins = await granted();
    expect(await refusal(cancel())).toMatchObject(INVALID);
    await claim(coins);
    expect(await refusal(cancel())).toMatchObject(INVALID);
    await payment.ended;
    preimage = new Uint8Array(randomBytes(32));
    hash = sha256(preimage);
    const second = await pay();
    await cancel();
    await cancel();
    await second.ended;
    expect(second.state).toBe('failed');
  });
});

describe('the server’s own limits', () => {
  test('money waits three minutes for its coins to be asked for', async () => {
    const payment = await pay();
    devnet.clock.advance(179_000);
    expect(await status()).toBe(1);
    devnet.clock.advance(2_000);
    expect(await status()).toBe(4);
    await payment.ended;
    expect(payment.state).toBe('failed');
  });

  test('once they are, it waits for the preimage until the invoice expires', async () => {
    const payment = await pay();
    const coins = await granted();
    devnet.clock.advance(600_000);
    expect(await status()).toBe(2);
    devnet.clock.advance(172_800_000);
    expect(await status()).toBe(4);
    await payment.ended;
    expect(payment.state).toBe('failed');
    expect(await refusal(claim(coins))).toMatchObject(INVALID);
  });
});
