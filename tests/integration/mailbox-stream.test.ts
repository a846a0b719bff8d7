// The live mailbox over streams that end, break, leave out, repeat and mix up messages: one stream at a time, every coin
// once, quiet about what is ordinary, patient with a server that does not hold any.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { STREAM_ENDS } from '../../devnet/ark/mailbox-mischief.ts';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { memoryLocks } from '../../src/wallet/locks.ts';
import { bentWallet, inboxOf, payerOf, received, send, spendable, type Bent } from './support/mailbox.ts';

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
const streams = () => devnet.ark.mischief.streams;
const opensOne = () => expect.poll(() => streams().open, WAIT).toBe(1);

/** Follows with pauses that are noted instead of waited for. */
function follow(wallet: Bent, only: (ms: number) => boolean = () => true) {
  const stop = new AbortController();
  const pauses: number[] = [];
  const sleep = (ms: number, signal: AbortSignal) => {
    // The watchdog of ten minutes really waits: until the stream is over.
    if (ms >= 600_000 || !only(ms))
      return new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
    pauses.push(ms);
    return new Promise<void>((resolve) => setTimeout(resolve, 2));
  };
  const ended = wallet.wallet.followMail(stop.signal, sleep);
  ended.catch(() => undefined);
  return { stop: () => stop.abort(), ended, pauses };
}

test('what was there before comes, then what is new as it is sent; the stop is clean', async () => {
  await send(payer, w, 1_000n);
  const { stop, ended } = follow(w);
  await expect.poll(() => spendable(w), WAIT).toBe(1_000n);
  await opensOne();
  await send(payer, w, 2_000n);
  await expect.poll(() => spendable(w), WAIT).toBe(3_000n);
  stop();
  expect(await ended).toBe(true);
  await expect.poll(() => streams().open, WAIT).toBe(0);
});

test.each(STREAM_ENDS)('a stream that ends (%s) is opened again, and nothing is lost', async (how) => {
  const { stop, ended } = follow(w);
  for (const amount of [1_000n, 2_000n, 3_000n]) {
    await opensOne();
    devnet.ark.mischief.closeStreams(how);
    await send(payer, w, amount);
  }
  await expect.poll(() => spendable(w), WAIT).toBe(6_000n);
  stop();
  expect(await ended).toBe(true);
  expect(await received(w)).toHaveLength(3);
});

test('streams that leave out, repeat and mix up messages and break after each: every coin once', async () => {
  const { mischief } = devnet.ark;
  mischief.repeat(true);
  mischief.reorder(true);
  mischief.breakAfter(() => 1, 'cut');
  const { stop, ended } = follow(w);
  const amounts = [1_000n, 2_000n, 3_000n, 4_000n];
  for (const amount of amounts) {
    mischief.drop(1);
    await send(payer, w, amount);
  }
  mischief.drop(0);
  devnet.ark.mischief.closeStreams();
  await expect.poll(() => spendable(w), WAIT).toBe(10_000n);
  mischief.repeat(false);
  mischief.reorder(false);
  mischief.breakAfter(undefined);
  stop();
  await ended;
  expect((await received(w)).sort()).toEqual(amounts);
  await w.wallet.readMail();
  expect([await spendable(w), await inboxOf(w)]).toEqual([10_000n, []]);
});

test('one context follows, the other is told so at once', async () => {
  const locks = memoryLocks();
  w.bends.ports.locks = locks;
  const first = await bentWallet(devnet, w.profile, { locks });
  const second = await bentWallet(devnet, w.profile, { locks });
  const one = follow(first);
  await opensOne();
  expect(await second.wallet.followMail(new AbortController().signal, async () => undefined)).toBe(false);
  expect(streams().open).toBe(1);
  one.stop();
  expect(await one.ended).toBe(true);
  const two = follow(second);
  await opensOne();
  two.stop();
  await two.ended;
  expect(streams().most).toBe(1);
  await first.close();
  await second.close();
});

describe('a server that does not hold streams', () => {
  test('is asked again after ever longer pauses, and after five failures left alone for a minute', async () => {
    w.bends.server = { subscribeMailbox: () => (async function* () {})() };
    const { stop, ended, pauses } = follow(w);
    await expect.poll(() => pauses.length, WAIT).toBeGreaterThan(10);
    stop();
    await ended;
    const bounds = [1_000, 2_000, 4_000, 8_000];
    bounds.forEach((most, i) => {
      expect(pauses[i]).toBeGreaterThanOrEqual(most / 2);
      expect(pauses[i]).toBeLessThanOrEqual(most);
    });
    expect(pauses[4]).toBe(60_000);
    expect(pauses[9]).toBe(60_000);
  });

  test('a message heard ends the row of failures, and an ordinary end is opened again without a pause', async () => {
    devnet.ark.mischief.breakAfter(() => 1);
    const { stop, ended, pauses } = follow(w);
    for (const amount of [1_000n, 2_000n, 3_000n]) {
      await opensOne();
      await send(payer, w, amount);
      await expect.poll(() => received(w).then((r) => r.length), WAIT).toBe(Number(amount / 1_000n));
    }
    devnet.ark.mischief.breakAfter(undefined);
    stop();
    await ended;
    expect(pauses.every((ms) => ms === 0)).toBe(true);
  });

  test('one that has no streams at all is left to the reads', async () => {
    const { Code } = await import('@connectrpc/connect');
    devnet.ark.faults.fail('SubscribeMailbox', Code.Unimplemented);
    await expect(follow(w).ended).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await send(payer, w, 1_000n);
    await w.wallet.readMail();
    expect(await spendable(w)).toBe(1_000n);
  });
});

test('a locked wallet without a pass does not listen', async () => {
  w.bends.locked = true;
  await expect(follow(w).ended).rejects.toMatchObject({ code: 'LOCKED' });
});

test('a stream that is silent for ten minutes is taken for dead', async () => {
  const stop = new AbortController();
  const silences: (() => void)[] = [];
  const sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (ms >= 600_000) silences.push(resolve);
      else setTimeout(resolve, 2);
      signal.addEventListener('abort', () => resolve());
    });
  const ended = w.wallet.followMail(stop.signal, sleep);
  await opensOne();
  const before = streams().opened;
  silences.pop()?.();
  await expect.poll(() => silences.length, WAIT).toBe(1);
  silences.pop()?.();
  await expect.poll(() => streams().opened, WAIT).toBeGreaterThan(before);
  await opensOne();
  stop.abort();
  await ended;
});

test('a lost lock ends the stream: messages that come in between are read after the unlock', async () => {
  const { stop, ended } = follow(w);
  await opensOne();
  w.bends.locked = true;
  stop();
  expect(await ended).toBe(true);
  await expect.poll(() => streams().open, WAIT).toBe(0);
  w.bends.locked = false;
  await send(payer, w, 1_000n);
  expect(await spendable(w)).toBe(0n);
  await w.wallet.readMail();
  expect(await spendable(w)).toBe(1_000n);
});

test('a payment that ends is settled by its message, before the next look at it is due', async () => {
  const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 2_000_000n, hold: true });
  await send(payer, w, 9_000n);
  await w.wallet.sync();
  const { stop, ended } = follow(w);
  await opensOne();
  const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
  await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, WAIT).toBe('held');
  // Wait until the action has parked: nothing but the message will wake it, since no timer rings here.
  await expect.poll(async () => (await w.wallet.pending())[0]?.wakeAt, WAIT).toBeGreaterThan(w.ports.now());
  devnet.lightning.settle(paymentHash);
  expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  stop();
  await ended;
});
