// Offers over a static-invoice server that the person chose: a Lightning node, called over BOLT 8 behind a WebSocket. Awake
// and asleep, through lost connections, over restarts; what it stored while nobody called is not lost.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { OfferPayment } from '../../devnet/ark/edge/payer.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { hmacSha256, sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { SkiffError } from '../../src/errors.ts';
import type { AsyncState } from '../../src/offers/async/state.ts';
import { offers } from '../../src/store/offers.ts';
import { SERVER_EXTENSIONS } from '../../src/server/ark-info.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened = new Set<Instance>();
type Customer = Awaited<ReturnType<typeof newWallet>>;

async function open(wrap?: (ports: WalletPorts) => WalletPorts): Promise<Customer> {
  const made = await newWallet(devnet, { wrap });
  opened.add(made);
  await fund(devnet, made, 60_000n);
  return made;
}
async function reopen(
  { profile }: Pick<Customer, 'profile'>,
  wrap?: (ports: WalletPorts) => WalletPorts,
): Promise<Instance> {
  const again = await openInstance(devnet, profile, { wrap });
  opened.add(again);
  return again;
}
async function sleep(w: Instance): Promise<void> {
  await w.close();
  opened.delete(w);
  await eventually(() => devnet.ark.outside.callers()).toEqual([]);
}
const choice = (customer: string) => ({
  server: devnet.ark.outside.address,
  paths: devnet.ark.outside.invite(customer).join(' '),
});
const offerOf = async ({ wallet }: Instance): Promise<string> => {
  const own = await wallet.ownOffer();
  if (own.is !== 'ready') throw new Error(own.is);
  return own.offer;
};
/** Its Lightning node, hex. */
const nodeOf = async ({ ports }: Instance): Promise<string> =>
  toHex(curve.publicKey(hmacSha256(ports.keys.unlocked().bolt12Key(), new TextEncoder().encode('node'))));
const filed = ({ db }: WalletPorts) => db.read(['inbox'], (tx) => tx.count('inbox'));
/** When the server was last heard to keep an invoice of the offer that was given out. */
const kept = async ({ db }: Instance): Promise<number[]> => {
  const row = await db.read(['offers'], offers);
  return ((row?.state ?? { offers: [] }) as AsyncState).offers.flatMap((one) =>
    one?.status.is === 'used' ? [one.status.invoiceCreatedAt] : [],
  );
};
const dead = () => new SkiffError({ code: 'FENCED', say: 'This life is over.' });
/** As slow as the machine may be. */
const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 90_000 });
/** Works until it holds. */
const until = (w: Instance, holds: () => unknown) =>
  eventually(async () => {
    await w.wallet.sync();
    return holds();
  }).toBe(true);
const claimed = async (w: Instance, { paymentHash = '' }: OfferPayment) => {
  await eventually(async () => {
    await w.wallet.sync();
    return (await w.wallet.invoice(paymentHash))?.state;
  }).toBe('claimed');
};
const calls = (method: string) => devnet.ark.faults.calls.filter((c) => c.method === method).length;

/** The worker's part: keeps the connection, with pauses that the test lets pass. */
function follow(w: Instance) {
  const over = new AbortController();
  const pauses: number[] = [];
  const wake: (() => void)[] = [];
  const nap = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      pauses.push(ms);
      wake.push(resolve);
      signal.addEventListener('abort', () => resolve());
    });
  const followed = w.wallet.followOffers(over.signal, nap);
  followed.catch(() => undefined);
  return {
    pauses,
    /** The present pause is over. */
    next: () => wake.splice(0).forEach((resolve) => resolve()),
    async stop() {
      over.abort();
      await followed.catch(() => undefined);
    },
  };
}
const linked = (w: Instance, is: string) =>
  eventually(async () => {
    const link = await w.wallet.offerLink();
    return link.via === 'peer' && link.state.is;
  }).toBe(is);

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterEach(async () => {
  devnet.ark.config.extensions = SERVER_EXTENSIONS;
  await devnet.ark.outside.restart();
  for (const instance of opened) await sleep(instance);
});
afterAll(async () => {
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a static-invoice server of one’s own choice', () => {
  test('serves at an Ark server without a mailbox for messages: paid awake, and asleep what it stored is answered', async () => {
    devnet.ark.config.extensions = SERVER_EXTENSIONS.filter((name) => name !== 'onion-mailbox');
    const w = await open();
    expect(await w.wallet.ownOffer()).toEqual({ is: 'unsupported' });
    const before = (await w.wallet.balance()).spendable;
    await w.wallet.chooseOfferServer(choice('alice'));
    const offer = await offerOf(w);
    expect(await w.wallet.offerLink()).toMatchObject({ via: 'peer', state: { is: 'connected' } });

    const awake = devnet.ark.offerPayer.pay(offer, 4_000_000n);
    await until(w, () => awake.state === 'paid');
    expect(awake.kind).toBe('invoice');
    await claimed(w, awake);

    await sleep(w);
    const asleep = devnet.ark.offerPayer.pay(offer, 7_000_000n, { firstOnly: true });
    await eventually(() => asleep.state).toBe('holding');
    // The request that was passed on, and the word that money is held back, wait at the server.
    expect(devnet.ark.outside.waiting(await nodeOf(w))).toBe(2);
    const again = await reopen(w);
    await until(again, () => asleep.state === 'paid');
    await claimed(again, asleep);
    expect(asleep.kind).toBe('static-invoice');
    expect((await again.wallet.balance()).spendable - before).toBe(4_000n - 108n + 7_000n - 114n);
    expect(calls('SendOnionMessage')).toBe(0);
  });

  test('is called again after growing pauses, and told at once what got old meanwhile', async () => {
    const w = await open();
    await w.wallet.chooseOfferServer(choice('bob'));
    await offerOf(w);
    const line = follow(w);
    await linked(w, 'connected');
    await devnet.ark.outside.crash();
    await eventually(() => line.pauses.length).toBe(1);
    for (const pauses of [2, 3, 4]) {
      line.next();
      await eventually(() => line.pauses.length).toBe(pauses);
    }
    expect(await w.wallet.offerLink()).toMatchObject({ state: { is: 'away', retryAt: expect.any(Number) } });
    line.pauses.forEach((ms, i) => {
      expect(ms).toBeGreaterThanOrEqual(500 * 2 ** i);
      expect(ms).toBeLessThanOrEqual(1000 * 2 ** i);
    });
    // Two hours pass: the invoice of the offer that was given out is renewed as soon as the connection is there.
    devnet.clock.advance(3 * 3_600_000);
    const [before] = await kept(w);
    await devnet.ark.outside.restart();
    line.next();
    await linked(w, 'connected');
    await eventually(async () => (await kept(w))[0]).toBeGreaterThan(before ?? 0);
    await line.stop();
    expect(await w.wallet.offerLink()).toMatchObject({ state: { is: 'idle' } });
  });

  test('hears the wallet that dies with a message on disk: the next life answers it, though it comes no more', async () => {
    let isDead = false;
    let isDying = false;
    let onDisk = 0;
    /** Dies as soon as both messages are on disk. */
    const mortal = (ports: WalletPorts): WalletPorts => ({
      ...ports,
      db: {
        ...ports.db,
        async write(tables, body) {
          if (isDead) throw dead();
          const done = await ports.db.write(tables, body);
          if (isDying && tables.length === 2 && tables.includes('inbox')) onDisk += 1;
          isDead = onDisk === 2;
          if (isDead) throw dead();
          return done;
        },
      },
    });
    const w = await open();
    await w.wallet.chooseOfferServer(choice('carol'));
    const offer = await offerOf(w);
    await sleep(w);
    const payment = devnet.ark.offerPayer.pay(offer, 6_000_000n, { firstOnly: true });
    const doomed = await reopen(w, mortal);
    isDying = true;
    await doomed.wallet.sync().catch(() => undefined);
    expect(isDead).toBe(true);
    await sleep(doomed);
    expect(devnet.ark.outside.waiting(await nodeOf(w))).toBe(0);
    const next = await reopen(w);
    expect(await filed(next.ports)).toBeGreaterThan(0);
    await until(next, () => payment.state === 'paid');
    await claimed(next, payment);
  });

  test('that is not there when a payer is to be released is told later', async () => {
    const w = await open();
    await w.wallet.chooseOfferServer(choice('dave'));
    const offer = await offerOf(w);
    await sleep(w);
    const payment = devnet.ark.offerPayer.pay(offer, 5_000_000n, { firstOnly: true });
    let isCut = true;
    /** What comes in comes in; what is to go out meets a closed door. */
    const again = await reopen(w, (ports) => ({
      ...ports,
      stream: (url) => async (events) => {
        const stream = await ports.stream(url)(events);
        // Only onion messages are as long as that.
        const send = (bytes: Uint8Array) =>
          isCut && bytes.length > 1000 ? stream.close() : stream.send(bytes);
        return { ...stream, send };
      },
    }));
    await again.wallet.sync().catch(() => undefined);
    await eventually(() => filed(again.ports)).toBeGreaterThan(0);
    expect(payment.state).toBe('holding');
    isCut = false;
    // The message waits for another try.
    devnet.clock.advance(600_000);
    await until(again, () => payment.state === 'paid');
    await claimed(again, payment);
  });

  test('is given up for the Ark server’s own: another offer, through the mailbox', async () => {
    const w = await open();
    await w.wallet.chooseOfferServer(choice('erin'));
    const first = await offerOf(w);
    await w.wallet.chooseOfferServer(undefined);
    expect(await w.wallet.offerServer()).toBeUndefined();
    expect(await w.wallet.offerLink()).toEqual({ via: 'mailbox' });
    await eventually(() => devnet.ark.outside.callers()).toEqual([]);
    const second = await offerOf(w);
    expect(second).not.toBe(first);
    const payment = devnet.ark.offerPayer.pay(second, 3_000_000n);
    await until(w, () => payment.state === 'paid');
  });

  test('is not taken when it is none: the old one stays', async () => {
    const w = await open();
    const good = choice('frank');
    await w.wallet.chooseOfferServer(good);
    const [id = '', url = ''] = good.server.split('@');
    const bad = [
      { ...good, server: url },
      { ...good, server: `02${'00'.repeat(32)}@${url}` },
      { ...good, server: `${id}@https://example.com` },
      { ...good, paths: '' },
      { ...good, paths: 'abcd' },
      { ...good, paths: `${good.paths} zz` },
    ];
    const offer = await offerOf(w);
    for (const one of bad) await expect(w.wallet.chooseOfferServer(one)).rejects.toBeInstanceOf(SkiffError);
    // Chosen once more: nothing is new.
    await w.wallet.chooseOfferServer({ ...good, paths: good.paths.toUpperCase() });
    expect(await offerOf(w)).toBe(offer);
    expect((await w.wallet.offerServer())?.server).toBe(good.server);
  });

  test('whose node has another key than was said is not spoken to', async () => {
    const w = await open();
    const good = choice('grace');
    const stranger = toHex(curve.publicKey(sha256(new TextEncoder().encode('stranger'))));
    await w.wallet.chooseOfferServer({ ...good, server: good.server.replace(/^[0-9a-f]+/, stranger) });
    expect(await w.wallet.ownOffer().catch((e: unknown) => e)).toBeInstanceOf(SkiffError);
    expect(await w.wallet.offerLink()).toMatchObject({ state: { is: 'away' } });
    expect(devnet.ark.outside.callers()).toEqual([]);
  });
});
