// Being paid under an offer, at a devnet whose server has the Lightning edge: awake with a fresh invoice, asleep with a held
// payment, over restarts; and nothing at all at a server that has none.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { OfferPayment } from '../../devnet/ark/edge/payer.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { SERVER_EXTENSIONS, type ServerExtension } from '../../src/server/ark-info.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { fund, newWallet, openInstance, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened = new Set<Instance>();
/** Looked at when a preimage is about to leave. */
let revealing: (hash: string, preimage: string, w: Instance) => Promise<void> = async () => undefined;

const watching = (get: () => Instance) => (ports: WalletPorts) => ({
  ...ports,
  server: async () => {
    const server = await ports.server();
    const claim: typeof server.claimLightningReceive = async (request, options) => {
      const { paymentHash, paymentPreimage } = request;
      await revealing(
        toHex(paymentHash ?? new Uint8Array()),
        toHex(paymentPreimage ?? new Uint8Array()),
        get(),
      );
      return server.claimLightningReceive(request, options);
    };
    return { ...server, claimLightningReceive: claim };
  },
});

async function open(): Promise<Awaited<ReturnType<typeof newWallet>>> {
  const made: Awaited<ReturnType<typeof newWallet>> = await newWallet(devnet, { wrap: watching(() => made) });
  opened.add(made);
  await fund(devnet, made, 60_000n);
  return made;
}
async function reopen(profile: Parameters<typeof openInstance>[1]): Promise<Instance> {
  const again: Instance = await openInstance(devnet, profile, { wrap: watching(() => again) });
  opened.add(again);
  return again;
}
async function sleep(w: Instance): Promise<void> {
  await w.close();
  opened.delete(w);
}
const offerOf = async ({ wallet }: Instance, fresh = false): Promise<string> => {
  const own = await wallet.ownOffer(fresh);
  if (own.is !== 'ready') throw new Error(own.is);
  return own.offer;
};
/** Reads its mail and works until the payer has what it wants. */
async function until(w: Instance, payment: OfferPayment, state: OfferPayment['state']): Promise<void> {
  await expect
    .poll(
      async () => {
        await w.wallet.sync();
        return payment.state;
      },
      { timeout: 90_000 },
    )
    .toBe(state);
}
/** Until the coins are here. Invoices of now that nobody took stay open meanwhile. */
async function taken(w: Instance, { paymentHash = '' }: OfferPayment): Promise<void> {
  await expect
    .poll(
      async () => {
        await w.wallet.sync();
        return (await w.wallet.invoice(paymentHash))?.state;
      },
      { timeout: 90_000 },
    )
    .toBe('claimed');
}
const spendable = async ({ wallet }: Instance) => (await wallet.balance()).spendable;
const calls = (method: string) => devnet.ark.faults.calls.filter((c) => c.method === method).length;

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterEach(() => {
  devnet.ark.config.extensions = SERVER_EXTENSIONS;
  revealing = async () => undefined;
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('an offer of ours', () => {
  test('is paid with an invoice of now while we are awake: proof for the payer, coins and a line for us', async () => {
    const w = await open();
    const before = await spendable(w);
    const offer = await offerOf(w);
    const payment = devnet.ark.offerPayer.pay(offer, 5_000_400n);
    await until(w, payment, 'paid');
    await taken(w, payment);
    expect(payment.kind).toBe('invoice');
    expect(toHex(sha256(fromHex(payment.preimage ?? '')))).toBe(payment.paymentHash);
    // The fee of the server, and the fraction of a satoshi.
    expect((await spendable(w)) - before).toBe(5_000n - 110n);
    const [line] = await w.wallet.history();
    expect(line).toMatchObject({
      status: 'successful',
      receivedOn: [{ type: 'offer', value: offer }],
      metadata: { payment_hash: payment.paymentHash },
    });
  });

  test('is paid while we sleep: the money waits, and comes when we wake up; the preimage leaves last', async () => {
    const w = await open();
    const offer = await offerOf(w);
    const before = await spendable(w);
    await sleep(w);
    const payment = devnet.ark.offerPayer.pay(offer, 7_000_000n, { firstOnly: true });
    expect(payment.state).toBe('holding');
    const seen: string[] = [];
    revealing = async (hash, preimage, instance) => {
      // The server has learned nothing, and the coins are on disk.
      expect(devnet.ark.state.preimages.has(hash)).toBe(false);
      const coins = await instance.wallet.coins();
      expect(coins.some((coin) => coin.kind === 'htlc' && coin.state === 'locked')).toBe(true);
      seen.push(preimage);
    };
    // It wakes, says so, and dies; the payment arrives at the server in between.
    const woken = await reopen(w.profile);
    await woken.wallet.readMail();
    await expect.poll(() => payment.state, { timeout: 60_000 }).toBe('paying');
    await sleep(woken);
    const again = await reopen(w.profile);
    await until(again, payment, 'paid');
    await taken(again, payment);
    expect(payment.kind).toBe('static-invoice');
    expect(seen[0]).toBe(payment.preimage);
    expect((await spendable(again)) - before).toBe(7_000n - 114n);
    const [line] = await again.wallet.history();
    expect(line).toMatchObject({ status: 'successful', receivedOn: [{ type: 'offer', value: offer }] });
    // What the mailbox repeats brings nothing.
    await again.wallet.sync();
    expect((await spendable(again)) - before).toBe(7_000n - 114n);
  });

  test('whose server is deaf when we wake up: the payer is released as soon as it hears again', async () => {
    const w = await open();
    const offer = await offerOf(w);
    await sleep(w);
    const payment = devnet.ark.offerPayer.pay(offer, 4_000_000n, { firstOnly: true });
    devnet.ark.faults.add('SendOnionMessage', { kind: 'drop-request' }, 1000);
    const again = await reopen(w.profile);
    await again.wallet.sync().catch(() => undefined);
    // The message that asks for release waits on disk, for another try.
    expect(payment.state).toBe('holding');
    expect(await again.db.read(['inbox'], (tx) => tx.count('inbox'))).toBeGreaterThan(0);
    devnet.ark.faults.clear();
    devnet.clock.advance(600_000);
    await until(again, payment, 'paid');
    await taken(again, payment);
  });

  test('stays the same until another one is wanted, over a restart too', async () => {
    const w = await open();
    const first = await offerOf(w);
    expect(await offerOf(w)).toBe(first);
    const second = await offerOf(w, true).catch(() => undefined);
    await sleep(w);
    const again = await reopen(w.profile);
    expect(await offerOf(again)).toBe(second ?? first);
    const states = (await again.wallet.ownOffers()).map((o) => o.status);
    expect(states.filter((s) => s === 'used').length).toBe(second === undefined || second === first ? 1 : 2);
  });

  test('is renewed when it is looked after late, and still is the same', async () => {
    const w = await open();
    const offer = await offerOf(w);
    const sent = calls('SendOnionMessage');
    devnet.clock.advance(3 * 3_600_000);
    await w.wallet.sync();
    await w.wallet.sync();
    expect(calls('SendOnionMessage')).toBeGreaterThan(sent);
    await sleep(w);
    const payment = devnet.ark.offerPayer.pay(offer, 3_000_000n, { firstOnly: true });
    const again = await reopen(w.profile);
    await until(again, payment, 'paid');
    await taken(again, payment);
  });
});

describe('a server without the Lightning edge', () => {
  test.each<[ServerExtension]>([['onion-mailbox'], ['bolt12-inject'], ['onion-htlc']])(
    'that lacks %s gets no offer, no node and no message',
    async (missing) => {
      devnet.ark.config.extensions = SERVER_EXTENSIONS.filter((name) => name !== missing);
      const w = await newWallet(devnet);
      opened.add(w);
      const before = [calls('RegisterLightningPeer'), calls('SendOnionMessage')];
      expect(await w.wallet.ownOffer()).toEqual({ is: 'unsupported' });
      await w.wallet.sync();
      expect(await w.wallet.ownOffers()).toEqual([]);
      expect([calls('RegisterLightningPeer'), calls('SendOnionMessage')]).toEqual(before);
    },
  );

  test('is not asked for anything by a wallet that never wanted an offer', async () => {
    const before = calls('RegisterLightningPeer');
    const w = await newWallet(devnet);
    opened.add(w);
    await w.wallet.sync();
    expect(calls('RegisterLightningPeer')).toBe(before);
    expect(await w.db.read(['offers'], (tx) => tx.count('offers'))).toBe(0);
  });
});
