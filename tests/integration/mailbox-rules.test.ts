// Rules of the mailbox that the other files take for granted: where each stream begins, what is said of the addresses, what
// is kept although it has expired, what a notice of our own payment may do.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import {
  bentWallet,
  checkpointOf,
  inboxOf,
  mailboxOf,
  payerOf,
  received,
  send,
  spendable,
  type Bent,
} from './support/mailbox.ts';

let devnet: Devnet;
let payer: Bent;
let w: Bent;
const opened: Bent[] = [];

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  payer = await payerOf(devnet, 900_000n);
});
beforeEach(async () => {
  w = await bentWallet(devnet);
  opened.push(w);
});
afterAll(async () => {
  for (const instance of [...opened, payer]) await instance.close();
  await devnet.stop();
});

const WAIT = { timeout: 10_000, interval: 10 };

test('every stream begins at the checkpoint that is on disk by then, with an authorization of its own', async () => {
  const asked: { checkpoint: bigint; authorization?: Uint8Array }[] = [];
  const stored: Promise<bigint>[] = [];
  const server = await w.ports.server();
  w.bends.server = {
    subscribeMailbox: (request, options) => {
      asked.push({ checkpoint: request.checkpoint ?? -1n, authorization: request.authorization });
      stored.push(checkpointOf(w));
      return server.subscribeMailbox(request, options);
    },
  };
  await send(payer, w, 1_000n);
  const stop = new AbortController();
  const ended = w.wallet.followMail(stop.signal, (ms, signal) =>
    ms >= 600_000
      ? new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      : new Promise((resolve) => setTimeout(resolve, 1)),
  );
  for (const [i, amount] of [2_000n, 3_000n].entries()) {
    await expect.poll(() => devnet.ark.mischief.streams.open, WAIT).toBe(1);
    await send(payer, w, amount);
    await expect.poll(() => received(w).then((r) => r.length), WAIT).toBe(2 + i);
    devnet.ark.mischief.closeStreams();
    await expect.poll(() => asked.length, WAIT).toBeGreaterThan(i + 1);
  }
  stop.abort();
  await ended;
  expect(asked.map((a) => a.checkpoint)).toEqual(await Promise.all(stored));
  expect(asked[0]?.checkpoint).toBeGreaterThan(0n); // the page that was read before the first stream
  const checkpoints = asked.map((a) => a.checkpoint);
  expect(checkpoints).toEqual([...checkpoints].sort((a, b) => Number(a - b)));
  expect(new Set(checkpoints).size).toBeGreaterThan(2);
  expect(asked.every((a) => a.authorization?.length === 105)).toBe(true);
});

test('the checkpoint never goes back, whatever a server puts on a message', async () => {
  await send(payer, w, 1_000n);
  await w.wallet.sync();
  const before = await checkpointOf(w);
  const server = await w.ports.server();
  w.bends.server = {
    readMailbox: async (request, options) => {
      const page = await server.readMailbox({ ...request, checkpoint: 0n }, options);
      return { ...page, messages: request.checkpoint === before ? page.messages : [], haveMore: false };
    },
  };
  await w.wallet.readMail().catch(() => undefined);
  expect(await checkpointOf(w)).toBe(before);
  expect([await spendable(w), (await received(w)).length]).toEqual([1_000n, 1]);
});

test('one package for two of our addresses is one line, which names each with its sum', async () => {
  const first = await send(payer, w, 1_000n, 2_000n);
  const second = await send(payer, w, 5_000n);
  const server = await w.ports.server();
  w.bends.server = {
    readMailbox: async (request, options) => {
      const page = await server.readMailbox(request, options);
      const last = page.messages.at(-1);
      if (!last) return page;
      const vtxos = page.messages.flatMap((m) => (m.message.case === 'arkoor' ? m.message.value.vtxos : []));
      const message = { case: 'arkoor' as const, value: { ...last.message.value, vtxos } };
      return { ...page, messages: [{ ...last, message } as typeof last] };
    },
  };
  await w.wallet.sync();
  const lines = await w.wallet.history();
  expect(lines).toMatchObject([
    { status: 'successful', intended: 8_000n, effective: 8_000n, fee: 0n, inputs: [], sentTo: [] },
  ]);
  expect(lines[0]?.outputs).toHaveLength(3);
  expect([...lines[0]!.receivedOn].sort((a, b) => Number(a.amount - b.amount))).toEqual([
    { type: 'ark', value: first, amount: 3_000n },
    { type: 'ark', value: second, amount: 5_000n },
  ]);
});

test('a coin that has expired is kept, and said to need a refresh', async () => {
  await send(payer, w, 4_000n);
  const [item] = devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages.flatMap((m) => m.items);
  const { expiryHeight } = decodeVtxo(
    nobleCurve,
    item?.kind === 'arkoor' ? item.vtxo : new Uint8Array(),
    'full',
  );
  // The chain's word for the height, not the chain itself: the other tests go on at theirs.
  const tip = await w.ports.chain.tip();
  w.bends.chain = { tip: async () => ({ ...tip, height: expiryHeight + 1 }) };
  await w.wallet.sync().catch(() => undefined);
  const { needsRefresh, spendable: usable, total } = await w.wallet.balance();
  expect({ needsRefresh, usable, total }).toEqual({ needsRefresh: 4_000n, usable: 0n, total: 4_000n });
  expect(await inboxOf(w)).toEqual([]);
});

describe('the notice that a payment of ours has ended', () => {
  /** A payment that is held, of a wallet that nothing wakes by itself. */
  async function held() {
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 2_000_000n, hold: true });
    await send(payer, w, 9_000n);
    await w.wallet.sync();
    const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, WAIT).toBe('held');
    await expect.poll(async () => (await w.wallet.pending())[0]?.wakeAt, WAIT).toBeGreaterThan(w.ports.now());
    return { actionId, paymentHash };
  }
  const notice = (paymentHash: string, preimage: Uint8Array) =>
    devnet.ark.mailboxes.post(mailboxOf(w), [
      { kind: 'send-finished', paymentHash: fromHex(paymentHash), preimage },
    ]);

  test('with a preimage that does not fit changes nothing: the server is asked', async () => {
    const { actionId, paymentHash } = await held();
    notice(paymentHash, new Uint8Array(randomBytes(32)));
    await w.wallet.readMail();
    await expect.poll(async () => (await inboxOf(w)).length, WAIT).toBe(0);
    expect((await w.wallet.movement(actionId))?.status).toBe('pending');
    devnet.lightning.settle(paymentHash);
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    const { total } = await w.wallet.balance();
    // Once more, for a payment that is settled.
    notice(paymentHash, new Uint8Array(randomBytes(32)));
    await w.wallet.sync();
    expect([(await w.wallet.balance()).total, (await w.wallet.pending()).length]).toEqual([total, 0]);
  });

  test('as failed brings the money back at once, not when the next look is due', async () => {
    const before = 9_000n;
    const { actionId, paymentHash } = await held();
    devnet.lightning.cancel(paymentHash);
    await expect
      .poll(() => devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages.length, WAIT)
      .toBeGreaterThan(1);
    await w.wallet.readMail();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
    expect((await w.wallet.balance()).spendable).toBe(before);
  });
});
