// The loop-out service loses its power right before and right after every one of its effects (each save, each call of its
// Lightning node, each broadcast), in swaps of every end there is. What it had saved must be enough: nobody's money is lost,
// and nothing is settled that was not paid for. Without CRASH_FULL=1 only right after.
import { expect, test } from 'vitest';
import { lockedOf, reverseOf } from '../../../devnet/swaps/contract.ts';
import { claimByLeaf } from '../../../src/swaps/boltz/spend.ts';
import { sats } from '../../../src/units.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import type { BoltzRequest, LoopRequest } from '../../../devnet/swaps/types.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { claimOf, handClient, openDesk, pay, rawOf } from '../support/swap-desk.ts';
import type { Cut, Desk, HandClient } from '../support/swap-desk.ts';

const SATS = 50_000;

/** Does something with the service until it was done while there was power. */
async function surely<T>(desk: Desk, run: () => Promise<T>): Promise<T> {
  for (;;) {
    const done = await run().then(
      (value) => ({ value }),
      () => undefined,
    );
    if (!desk.dark() && done) return done.value;
    await desk.restart();
  }
}

/** Lets the service look until this holds. */
async function until(desk: Desk, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !holds(); i++) {
    await surely(desk, () => desk.settle());
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(holds()).toBe(true);
}

const byLoop = (client: HandClient): LoopRequest => ({
  kind: 'loop',
  htlcClaimAddress: client.address,
  hash: client.hash,
  loopOutSats: SATS,
  sized: true,
});
const byBoltz = (client: HandClient): BoltzRequest => ({
  kind: 'boltz',
  hash: client.hash,
  claimPublicKey: toHex(nobleCurve.publicKey(client.secret)),
  onchainAmount: SATS,
});

async function begin(desk: Desk, request: typeof byLoop | typeof byBoltz = byLoop) {
  const client = handClient();
  const record = await surely(desk, () => desk.service.create(request(client)));
  const end = pay(desk, record.invoice!, BigInt(record.invoiceSats) * 1000n);
  const own = () => desk.service.find(client.hash)!;
  await until(desk, () => own().lockup !== undefined && desk.chain.tx(own().lockup!.txid) !== undefined);
  return { client, end, own };
}

const purse = (desk: Desk) =>
  desk.chain.utxos(desk.service.purse.script).reduce((sum, u) => sum + u.value, 0n);

async function mine(desk: Desk, blocks: number) {
  for (let i = 0; i < blocks; i++) {
    desk.chain.mine(1);
    await surely(desk, () => desk.settle());
  }
}

async function endsWell(cut?: Cut): Promise<Desk> {
  const desk = await openDesk({ cut });
  const { client, end, own } = await begin(desk);
  await mine(desk, 1);
  const { refundAddress } = await import('../../../devnet/swaps/keys.ts').then(
    ({ refundAddress, refundSecret }) => {
      const { curve, seed } = desk.service.ports;
      return { refundAddress: refundAddress(curve, 'regtest', refundSecret(seed, own().key)) };
    },
  );
  const { lockup } = own();
  const claim = rawOf(claimOf(client, { ...lockup!, value: SATS }, { refundAddress, sized: true }));
  const txid = desk.chain.submit(claim);
  await until(desk, () => own().state === 'Complete');
  await mine(desk, 6);
  expect(await end).toEqual({ preimage: client.preimage, feeMsat: 0n });
  expect(desk.chain.tx(txid)?.block).toBeDefined();
  expect(own()).toMatchObject({ state: 'Complete', closed: true, preimage: toHex(client.preimage) });
  return desk;
}

async function endsWithRefund(cut?: Cut): Promise<Desk> {
  const desk = await openDesk({ cut });
  const { client, end, own } = await begin(desk);
  await mine(desk, 46);
  expect(await end).toEqual({ failed: 'DESTINATION_REJECTED' });
  expect(own()).toMatchObject({ state: 'Refunded', closed: true });
  expect(desk.chain.tx(own().refund!.txid)?.block).toBeDefined();
  expect(desk.effects).not.toContain('settle');
  // Nothing but miners' fees is gone: the one refund (its witness shows the hash) brought the money home.
  const minted = desk.chain.transactionsForKernel().flatMap(({ tx }) => tx);
  expect(minted.filter((tx) => tx.includes(client.hash))).toHaveLength(1);
  expect(purse(desk)).toBeGreaterThan(100_000_000n);
  return desk;
}

/** The preimage is given for the service's share, which may never have come: the client claims alone. */
async function endsByShare(cut?: Cut): Promise<Desk> {
  const desk = await openDesk({ cut });
  const { client, end, own } = await begin(desk, byBoltz);
  await mine(desk, 1);
  await surely(desk, () => desk.service.reveal(own(), client.preimage));
  await until(desk, () => own().state === 'Complete');
  expect(await end).toEqual({ preimage: client.preimage, feeMsat: 0n });
  const { ports, config } = desk.service;
  const plan = { locked: lockedOf(ports, config, own()), to: desk.service.purse.script, fee: sats(300) };
  const signer = { secret: client.secret, aux: new Uint8Array(32), preimage: client.preimage };
  desk.chain.submit(rawOf(claimByLeaf(nobleCurve, plan, reverseOf(ports, own()), signer)));
  await mine(desk, 6);
  expect(own()).toMatchObject({ state: 'Complete', closed: true, preimage: toHex(client.preimage) });
  return desk;
}

/** No block takes the lock-up: its own inputs come home. */
async function endsTakenBack(cut?: Cut): Promise<Desk> {
  const desk = await openDesk({ cut });
  const { end, own } = await begin(desk);
  for (let i = 0; i < 30 && own().recall === undefined; i++) {
    desk.chain.mine(1, { empty: true });
    await surely(desk, () => desk.settle());
  }
  await mine(desk, 5);
  expect(await end).toEqual({ failed: 'DESTINATION_REJECTED' });
  expect(own()).toMatchObject({ state: 'Refunded', closed: true });
  expect(desk.chain.tx(own().lockup!.txid)).toBeUndefined();
  expect(desk.effects).not.toContain('settle');
  expect(purse(desk)).toBeGreaterThan(100_000_000n);
  return desk;
}

/** Nobody pays. */
async function endsUnpaid(cut?: Cut): Promise<Desk> {
  const desk = await openDesk({ cut });
  const client = handClient();
  await surely(desk, () => desk.service.create(byLoop(client)));
  desk.clock.ms += 601_000;
  const own = () => desk.service.find(client.hash)!;
  await until(desk, () => own().closed === true);
  // After a cut between the two, the invoice that was called off is all that is known.
  expect(['Expired', 'Canceled']).toContain(own().state);
  expect(desk.lightning.hold(client.hash)?.state).toBe('canceled');
  expect(own().lockup).toBeUndefined();
  return desk;
}

const full = process.env.CRASH_FULL === '1';

for (const [name, story, begins] of [
  ['a swap that ends well', endsWell, /save invoice save save broadcast/],
  ['a swap that ends with a refund', endsWithRefund, /save invoice save save broadcast/],
  ['a reverse swap whose preimage was given for a share', endsByShare, /save invoice save save broadcast/],
  ['a swap whose lock-up finds no block', endsTakenBack, /save invoice save save broadcast/],
  ['a swap that nobody pays', endsUnpaid, /save invoice save cancel save/],
] as const) {
  test(`${name}, through a power cut at every effect of the service`, async () => {
    const { effects } = await story();
    const names = effects.join(' ');
    expect(names).toMatch(begins);
    const whens = full ? (['before', 'after'] as const) : (['after'] as const);
    for (const when of whens) for (let at = 0; at < effects.length; at++) await story({ at, when });
    if (!full) await story({ at: effects.length - 2, when: 'before' });
    console.log(`${name}: ${effects.length} effects: ${names}`);
  });
}
