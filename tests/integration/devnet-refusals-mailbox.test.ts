// What the mailbox service refuses, and how it pages: the limit counts items, `have_more` counts messages.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { LightningFailureReason } from '../../src/server/gen/core_pb.js';
import { sats } from '../../src/units.ts';
import {
  authorize,
  blindedFor,
  board,
  connectTo,
  freshKey,
  pubkeyTo,
  spend,
  type Clients,
  type Key,
} from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
let clients: Clients;
let mailbox: Key;
let owner: Key;
const sender = freshKey();

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  clients = connectTo(devnet);
});
beforeEach(() => {
  mailbox = freshKey();
  owner = freshKey();
});
afterAll(() => devnet.stop());

const INVALID = { code: 'InvalidArgument' };
const bytes = (vtxo: Vtxo) => encodeVtxo(vtxo, 'full');

/** Pays the owner in `count` coins of one package. */
async function paid(count = 1): Promise<Vtxo[]> {
  const coin = await board(devnet, clients, sender, 50_000n);
  const rest = coin.amount - 1_000n * BigInt(count - 1);
  const outputs = Array.from({ length: count }, (_, i) => ({
    amount: sats(i === 0 ? rest : 1_000n),
    policy: pubkeyTo(owner),
  }));
  return spend(devnet, clients, [{ vtxo: coin, key: sender, outputs }]);
}
const post = (vtxos: Vtxo[], blindedId = blindedFor(devnet, mailbox, owner)) =>
  clients.mailbox.postArkoorMessage({ blindedId, vtxos: vtxos.map(bytes) });
const read = (checkpoint = 0n, authorization: Uint8Array | undefined = authorize(devnet, mailbox)) =>
  clients.mailbox.readMailbox({ mailboxId: mailbox.public, authorization, checkpoint });

describe('PostArkoorMessage', () => {
  test('reaches the mailbox behind the blinded id, once', async () => {
    const vtxos = await paid(2);
    await post(vtxos);
    await post(vtxos);
    const { messages, haveMore } = await read();
    expect(haveMore).toBe(false);
    expect(messages).toMatchObject([{ message: { case: 'arkoor', value: { vtxos: vtxos.map(bytes) } } }]);
    expect((await read(messages[0]?.checkpoint)).messages).toEqual([]);
  });

  test('refuses none, more than a hundred, and undecodable coins', async () => {
    const [vtxo] = await paid();
    expect(await refusal(post([]))).toMatchObject(INVALID);
    expect(await refusal(post(Array.from({ length: 101 }, () => vtxo as Vtxo)))).toMatchObject(INVALID);
    const blindedId = blindedFor(devnet, mailbox, owner);
    expect(
      await refusal(clients.mailbox.postArkoorMessage({ blindedId, vtxos: [new Uint8Array(9)] })),
    ).toMatchObject(INVALID);
  });

  test('refuses a blinded id that is no point', async () => {
    expect(await refusal(post(await paid(), new Uint8Array(33)))).toMatchObject(INVALID);
    expect(await refusal(post(await paid(), new Uint8Array(32)))).toMatchObject(INVALID);
  });

  test('refuses an HTLC dressed up as a payment', async () => {
    const coin = await board(devnet, clients, sender, 50_000n);
    const htlcExpiry = devnet.chain.height() + devnet.ark.config.htlcSendExpiryDelta;
    const policy = {
      type: 'server-htlc-send',
      version: 1,
      userPubkey: owner.public,
      paymentHash: new Uint8Array(32),
      htlcExpiry,
    } as const;
    const [htlc] = await spend(devnet, clients, [
      { vtxo: coin, key: sender, outputs: [{ amount: coin.amount, policy }] },
    ]);
    expect(await refusal(post([htlc as Vtxo]))).toMatchObject(INVALID);
  });

  test('refuses coins of different owners', async () => {
    const mine = await paid();
    owner = freshKey();
    expect(await refusal(post([...mine, ...(await paid())]))).toMatchObject(INVALID);
  });

  test('refuses coins that the server never cosigned, by name', async () => {
    const [vtxo] = await paid();
    const unknown = { ...(vtxo as Vtxo), point: { txid: new Uint8Array(32).fill(6), vout: 0 } };
    expect(await refusal(post([unknown]))).toMatchObject({ code: 'NotFound', identifiers: vtxoId(unknown) });
  });

  test('refuses a known coin with another owner written into it', async () => {
    const [vtxo] = await paid();
    const thief = freshKey();
    const doctored = { ...(vtxo as Vtxo), policy: pubkeyTo(thief) };
    expect(await refusal(post([doctored], blindedFor(devnet, mailbox, thief)))).toMatchObject(INVALID);
  });
});

describe('reading', () => {
  const calls: [
    string,
    (query: { mailboxId: Uint8Array; authorization?: Uint8Array }) => Promise<unknown>,
  ][] = [
    ['ReadMailbox', (query) => clients.mailbox.readMailbox(query)],
    ['SubscribeMailbox', (query) => clients.mailbox.subscribeMailbox(query)[Symbol.asyncIterator]().next()],
  ];
  test.each(calls)(
    '%s refuses a missing, foreign, expired, unsigned or malformed authorization',
    async (_, call) => {
      const mailboxId = mailbox.public;
      const foreign = freshKey();
      const unsigned = authorize(devnet, mailbox);
      unsigned.fill(1, 41);
      expect(await refusal(call({ mailboxId }))).toMatchObject(INVALID);
      expect(await refusal(call({ mailboxId, authorization: authorize(devnet, foreign) }))).toMatchObject(
        INVALID,
      );
      expect(await refusal(call({ mailboxId, authorization: authorize(devnet, mailbox, -7) }))).toMatchObject(
        {
          ...INVALID,
          text: expect.stringContaining('expired'),
        },
      );
      expect(await refusal(call({ mailboxId, authorization: unsigned }))).toMatchObject(INVALID);
      expect(await refusal(call({ mailboxId, authorization: new Uint8Array(104) }))).toMatchObject(INVALID);
      expect(await refusal(call({ mailboxId: new Uint8Array(33), authorization: unsigned }))).toMatchObject(
        INVALID,
      );
    },
  );

  test('an authorization may be five seconds late', async () => {
    expect((await read(0n, authorize(devnet, mailbox, -4))).messages).toEqual([]);
  });

  test('a page is cut inside of a message and says that nothing follows', async () => {
    devnet.ark.config.maxReadMailboxItems = 3;
    const first = await paid(2);
    await post(first);
    const second = await paid(2);
    await post(second);
    const page = await read();
    devnet.ark.config.maxReadMailboxItems = 100;
    const sizes = page.messages.map(({ message }) =>
      message.case === 'arkoor' ? message.value.vtxos.length : 0,
    );
    expect([sizes, page.haveMore]).toEqual([[2, 1], false]);
    const checkpoint = page.messages[0]?.checkpoint;
    expect((await read(checkpoint)).messages).toMatchObject([
      { message: { value: { vtxos: second.map(bytes) } } },
    ]);
  });

  test('a subscription catches up, then goes on live', async () => {
    const old = await paid();
    await post(old);
    const stop = new AbortController();
    const stream = clients.mailbox
      .subscribeMailbox(
        { mailboxId: mailbox.public, authorization: authorize(devnet, mailbox) },
        { signal: stop.signal },
      )
      [Symbol.asyncIterator]();
    const next = async () => (await stream.next()).value as { checkpoint: bigint; message: unknown };
    const stored = await next();
    expect(stored.message).toMatchObject({ value: { vtxos: old.map(bytes) } });
    const fresh = await paid();
    const [live] = await Promise.all([next(), post(fresh)]);
    expect(live.message).toMatchObject({ value: { vtxos: fresh.map(bytes) } });
    expect(live.checkpoint).toBeGreaterThan(stored.checkpoint);
    stop.abort();
  });
});

describe('PostRecoveryVtxoIds', () => {
  const postIds = (vtxoIds: Uint8Array[], authorization?: Uint8Array) =>
    clients.mailbox.postRecoveryVtxoIds({ mailboxId: mailbox.public, vtxoIds, authorization });
  const idsOf = (vtxos: Vtxo[]) => vtxos.map((vtxo) => vtxoIdBytes(vtxo.point));

  test('keeps ids, with or without an authorization, once', async () => {
    const ids = idsOf(await paid(2));
    await postIds(ids, authorize(devnet, mailbox));
    await postIds(ids);
    const { messages } = await read();
    expect(messages).toMatchObject([{ message: { case: 'recoveryVtxoIds', value: { vtxoIds: ids } } }]);
  });

  test('refuses none, more than twenty, malformed ones, and a bad authorization', async () => {
    const ids = idsOf(await paid());
    expect(await refusal(postIds([]))).toMatchObject(INVALID);
    expect(await refusal(postIds(Array.from({ length: 21 }, () => ids[0] as Uint8Array)))).toMatchObject(
      INVALID,
    );
    expect(await refusal(postIds([new Uint8Array(35)]))).toMatchObject(INVALID);
    expect(await refusal(postIds(ids, authorize(devnet, freshKey())))).toMatchObject(INVALID);
    expect(await refusal(postIds(ids, authorize(devnet, mailbox, -60)))).toMatchObject(INVALID);
    const mailboxId = new Uint8Array(33);
    expect(await refusal(clients.mailbox.postRecoveryVtxoIds({ mailboxId, vtxoIds: ids }))).toMatchObject(
      INVALID,
    );
  });

  test('refuses ids of coins it does not know, as INTERNAL', async () => {
    expect(await refusal(postIds([new Uint8Array(36).fill(1)]))).toMatchObject({ code: 'Internal' });
  });
});

test.each([
  ['settled', undefined],
  ['failed', 'FEE_TOO_LOW'],
] as const)('the payer hears in its mailbox that a payment %s', async (_, failure) => {
  if (failure) devnet.lightning.failNext(failure);
  const coin = await board(devnet, clients, sender, 50_000n);
  const invoice = devnet.lightning.createInvoice({ amountMsat: 10_000_000n });
  const paymentHash = fromHex(invoice.paymentHash);
  const htlcExpiry = devnet.chain.height() + devnet.ark.config.htlcSendExpiryDelta;
  const policy = {
    type: 'server-htlc-send',
    version: 1,
    userPubkey: sender.public,
    paymentHash,
    htlcExpiry,
  } as const;
  const [htlc] = await spend(devnet, clients, [
    { vtxo: coin, key: sender, outputs: [{ amount: coin.amount, policy }] },
  ]);
  await clients.ark.initiateLightningPayment({
    invoice: invoice.bolt11,
    htlcVtxoIds: [vtxoIdBytes((htlc as Vtxo).point)],
    paymentAmountSat: 10_000n,
    mailboxId: mailbox.public,
  });
  await clients.ark.checkLightningPayment({ hash: paymentHash, wait: true });
  const [finished] = (await read()).messages;
  if (finished?.message.case !== 'lightningSendFinished') throw new Error('no outcome');
  const { value } = finished.message;
  expect(value.paymentHash).toEqual(paymentHash);
  expect(value.preimage).toEqual(failure ? undefined : invoice.preimage);
  expect(value.failure?.reason).toBe(failure && LightningFailureReason.LIGHTNING_FAILURE_FEE_TOO_LOW);
});
