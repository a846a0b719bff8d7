// Offers of ours: set up with the static-invoice server, paid while we are awake with an invoice of now, and paid while we
// sleep, by a payer who holds the money back until we say that we are here.
import assert from 'node:assert/strict';
import type { OfferPayment } from '../../../../devnet/ark/edge/payer.ts';
import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { nobleCurve } from '../../../../src/crypto/noble.ts';
import { decodeOffer } from '../../../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice } from '../../../../src/lightning/bolt12/static-invoice.ts';
import { lightningReceiveId } from '../../../../src/wallet/actions/lightning-receive/state.ts';
import type { WalletPorts } from '../../../../src/wallet/ports.ts';
import type { Instance } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const AMOUNT = 8_000_000n;

/** The wallet's time stands still but for what the test moves it: no timer rings because a machine is slow. */
function still({ devnet: { clock } }: World, ports: WalletPorts): WalletPorts {
  const ahead = () => clock.now() - Date.now();
  const [opened, then] = [ports.now(), ahead()];
  return { ...ports, now: () => opened + Math.round((ahead() - then) / 1000) * 1000 };
}

async function ready({ wallet }: Instance): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const own = await wallet.ownOffer();
    if (own.is === 'ready') return own.offer;
  }
  throw new Error('no offer');
}

/** The static-invoice server has an invoice for the offer that is shown. */
async function assertKept({ devnet }: World, victim: Instance): Promise<string> {
  const offer = await ready(victim);
  const { id } = decodeOffer(nobleCurve, offer);
  const kept = [...devnet.ark.keptInvoices()].map((bytes) => decodeStaticInvoice(nobleCurve, bytes));
  assert.ok(
    kept.some(({ offerId }) => equalBytes(offerId, id)),
    'the server answers for the offer',
  );
  return offer;
}

const setUp: Scenario<object> = {
  name: 'an offer is set up',
  light: true,
  prepare: async () => ({}),
  wrap: still,
  async start(_, victim) {
    await ready(victim);
    return undefined;
  },
  async check(world, { victim, before, after }) {
    const offer = await assertKept(world, victim);
    assert.equal(await ready(victim), offer, 'it stays the same');
    assert.deepEqual(after, before);
  },
};

interface Offered {
  offer: string;
}
/** One payer in each run, whatever becomes of the wallet. */
const payers = new WeakMap<Offered, OfferPayment>();

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Nothing of the wallet's is being worked on. */
async function rest({ wallet, ports }: Instance): Promise<void> {
  while ((await wallet.pending()).some(({ wakeAt = Infinity }) => wakeAt <= ports.now())) await tick();
}

/** Work until the money is here or will not come. */
async function take({ devnet }: World, victim: Instance, payment: OfferPayment): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await victim.wallet.sync();
    await rest(victim);
    const { paymentHash: hash = '', state, proceed } = payment;
    if (state === 'asking') proceed?.();
    // The payer's money is at the server before the wallet looks again.
    while (payment.state === 'paying' && devnet.ark.state.receives.get(hash)?.status === 'created')
      await tick();
    const row = hash === '' ? undefined : await victim.wallet.invoice(hash);
    if (state === 'failed' || (row && row.state !== 'open' && row.state !== 'arrived')) return;
  }
}

const paid = (name: string, kind: NonNullable<OfferPayment['kind']>): Scenario<Offered> => ({
  name,
  light: true,
  prepare: async (_, victim) => ({ offer: await ready(victim) }),
  wrap: still,
  async start(world, victim, context) {
    const how = kind === 'invoice' ? { waits: true } : { firstOnly: true };
    const payment = payers.get(context) ?? world.devnet.ark.offerPayer.pay(context.offer, AMOUNT, how);
    payers.set(context, payment);
    await take(world, victim, payment);
    return payment.paymentHash === undefined ? undefined : lightningReceiveId(payment.paymentHash);
  },
  async finish({ devnet }, victim) {
    // Invoices that nobody took end.
    devnet.clock.advance(3 * 3_600_000);
    await victim.wallet.sync();
  },
  async check(world, { context, before, after, line, victim }) {
    const { devnet } = world;
    const payment = payers.get(context);
    assert.ok(payment?.kind === kind || payment?.kind === undefined, `paid with ${payment?.kind}`);
    const hash = payment?.paymentHash ?? '';
    const row = hash === '' ? undefined : await victim.wallet.invoice(hash);
    // What the wallet was too late for goes back when the server has waited long enough.
    if (payment?.state === 'paying' && row?.state !== 'claimed') devnet.clock.advance(7 * 86_400_000);
    if (payment?.state === 'paying') await payment.ended;
    const isPaid = payment?.state === 'paid';
    assert.equal(row?.state === 'claimed', isPaid, `invoice ${row?.state}, payer ${payment?.state}`);
    assert.equal(devnet.ark.state.preimages.has(hash), isPaid);
    assert.equal(after.ark, before.ark + (isPaid ? (row?.received ?? 0n) : 0n));
    assert.equal(after.movements, before.movements + (line ? 1 : 0));
    if (isPaid) assert.deepEqual([line?.status, line?.receivedOn[0]?.value], ['successful', context.offer]);
    assert.equal(await assertKept(world, victim), context.offer, 'the offer is what it was');
  },
});

export const offerScenarios = [
  setUp,
  paid('an offer is paid with an invoice of now', 'invoice'),
  paid('an offer is paid while we sleep', 'static-invoice'),
] as AnyScenario[];
