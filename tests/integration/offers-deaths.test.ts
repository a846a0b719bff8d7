// A wallet that is paid under its offer while it sleeps, and dies on waking: before and after every call that the payment
// needs. The next life ends what the one before it began; the payer pays once, and once is received. All of them with
// CRASH_FULL=1, else two.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { OfferPayment } from '../../devnet/ark/edge/payer.ts';
import { SkiffError } from '../../src/errors.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

type Call = 'sendOnionMessage' | 'prepareLightningReceiveClaim' | 'claimLightningReceive';
interface Death {
  call: Call;
  when: 'before' | 'after';
}
const CALLS: readonly Call[] = ['sendOnionMessage', 'prepareLightningReceiveClaim', 'claimLightningReceive'];
const all = CALLS.flatMap((call): Death[] => [
  { call, when: 'before' },
  { call, when: 'after' },
]);
const deaths = process.env.CRASH_FULL === '1' ? all : all.filter((_, i) => i === 2 || i === 5);

let devnet: Devnet;
let death: Death | undefined;
let isDead = false;

const dead = () => new SkiffError({ code: 'FENCED', say: 'This life is over.' });

/** The server of a life that ends at its death; from then on it reaches nobody. */
const mortal = (ports: WalletPorts): WalletPorts => ({
  ...ports,
  server: async () => {
    if (isDead) throw dead();
    const server = await ports.server();
    const calls = CALLS.map((call) => {
      const alive = server[call] as (...args: unknown[]) => Promise<unknown>;
      const doomed = async (...args: unknown[]) => {
        if (death?.call === call && death.when === 'before') isDead = true;
        if (isDead) throw dead();
        const answer = await alive(...args);
        if (death?.call === call) isDead = true;
        if (isDead) throw dead();
        return answer;
      };
      return [call, doomed];
    });
    return { ...server, ...Object.fromEntries(calls) } as ArkServer;
  },
});

const open = (profile: Profile): Promise<Instance> => openInstance(devnet, profile, { wrap: mortal });

async function work(w: Instance, payment: OfferPayment): Promise<boolean> {
  await w.wallet.sync().catch(() => undefined);
  const row = await w.wallet.invoice(payment.paymentHash ?? '');
  return row?.state === 'claimed' && payment.state === 'paid';
}

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

test.each(deaths)('dies $when $call: the payment is received once all the same', async (how) => {
  const first = await newWallet(devnet);
  await fund(devnet, first, 60_000n);
  const own = await first.wallet.ownOffer();
  if (own.is !== 'ready') throw new Error(own.is);
  const before = (await first.wallet.balance()).spendable;
  await first.close();
  const payment = devnet.ark.offerPayer.pay(own.offer, 9_000_000n, { firstOnly: true });
  death = how;
  const doomed = await open(first.profile);
  await expect.poll(async () => (await work(doomed, payment)) || isDead, { timeout: 60_000 }).toBe(true);
  await doomed.close();
  expect(isDead).toBe(true);
  [death, isDead] = [undefined, false];
  const next = await open(first.profile);
  await expect.poll(() => work(next, payment), { timeout: 60_000 }).toBe(true);
  const received = (await next.wallet.history()).filter((line) => line.receivedOn[0]?.type === 'offer');
  expect(received.map((line) => line.status)).toEqual(['successful']);
  expect((await next.wallet.balance()).spendable - before).toBe(9_000n - 118n);
  await next.close();
});
