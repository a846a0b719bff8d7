// The loop-out service by itself: its API with the tutorial's names, what it refuses, its way back, and its client's ways to
// cheat.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSwapServer, type SwapServer } from '../../../devnet/swaps/server.ts';
import { parseTx } from '../../../src/ark/tx.ts';
import { scriptToAddress } from '../../../src/bitcoin/address.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { decodeBolt11 } from '../../../src/lightning/bolt11.ts';
import { htlcOutput, htlcScript, keyHashOf } from '../../../src/swaps/htlc.ts';
import { claimOf, handClient, openDesk, pay, rawOf, type Desk } from '../support/swap-desk.ts';

interface Answer {
  htlcRefundAddress: string;
  paymentRequest: string;
  error?: string;
  [more: string]: unknown;
}

let desk: Desk;
let server: SwapServer;

beforeEach(async () => {
  desk = await openDesk({ config: { maxPerMinute: 12 } });
  server = await startSwapServer(desk.service);
});
afterEach(() => server.stop());

async function call(path: string, body?: unknown): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(`${server.url}${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer };
}

const SATS = 50_000;

/** A paid loop-out whose lock-up is in the mempool. */
async function locked(client = handClient(), sized = false) {
  const request = {
    htlcClaimAddress: client.address,
    hash: client.hash,
    loopOutSats: SATS,
    ...(sized && { preimageSize: 32 }),
  };
  const { body } = await call('/api/loop/out', request);
  const end = pay(desk, body.paymentRequest, BigInt(SATS + 1_000) * 1000n);
  await until(() => desk.service.find(client.hash)?.lockup !== undefined);
  await desk.settle();
  const { lockup } = desk.service.find(client.hash)!;
  const at = { txid: lockup!.txid, vout: lockup!.vout, value: SATS };
  return { client, at, end, terms: { refundAddress: body.htlcRefundAddress, sized } };
}

/** Drives the service until this holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !holds(); i++) {
    await desk.settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(holds()).toBe(true);
}

const state = (hash: string) => desk.service.find(hash)?.state;

describe('the API of the tutorial', () => {
  test('a request with exactly its fields gets its two fields; the invoice is for the amount and the fee', async () => {
    const client = handClient();
    const { status, body } = await call('/api/loop/out', {
      htlcClaimAddress: client.address,
      hash: client.hash,
      loopOutSats: 10_000,
    });
    expect(status).toBe(200);
    expect(body.htlcRefundAddress).toMatch(/^bcrt1q/);
    expect(body).not.toHaveProperty('preimageSize');
    const invoice = decodeBolt11(curve, body.paymentRequest);
    expect(invoice.amount).toBe(11_000_000n);
    expect(toHex(invoice.paymentHash)).toBe(client.hash);
    // The Lightning HTLC must outlive the refund: the wait for a block, the delay, and a margin.
    expect(Number(invoice.minFinalCltv)).toBeGreaterThan(40 + desk.service.config.confirmWait);
  });

  test('paid, locked in output 0 of the right script, claimed, settled with the preimage of the witness', async () => {
    const { client, at, end, terms } = await locked();
    const lockup = parseTx(fromHex(desk.service.find(client.hash)!.lockup!.raw));
    const script = htlcScript({
      hash: fromHex(client.hash),
      claim: keyHashOf(client.address, 'regtest'),
      refund: keyHashOf(terms.refundAddress, 'regtest'),
      delay: 40,
      sized: false,
    });
    expect(lockup.outputs[0]).toEqual({ value: BigInt(SATS), script: htlcOutput(script) });
    await desk.mine();
    desk.chain.submit(rawOf(claimOf(client, at, terms)));
    await desk.settle();
    expect(await end).toEqual({ preimage: client.preimage, feeMsat: 0n });
    expect(state(client.hash)).toBe('Complete');
    await desk.mine(6);
    expect(desk.service.find(client.hash)?.closed).toBe(true);
    const view = await call(`/api/loop/out/${client.hash}`);
    expect(view.body).toMatchObject({
      status: 'Complete',
      htlcAddress: scriptToAddress(htlcOutput(script), 'regtest'),
    });
    expect(JSON.stringify(view.body)).not.toContain(toHex(client.preimage));
  });

  test('a quote says fee, limits and delay before anything is agreed', async () => {
    expect((await call('/api/loop/out/quote?sats=20000')).body).toMatchObject({
      serviceFeeSats: 1_000,
      min: 5_000,
      csvDelta: 40,
    });
  });

  test('the same request again is the same swap; another one with its hash is refused with 409', async () => {
    const client = handClient();
    const request = { htlcClaimAddress: client.address, hash: client.hash, loopOutSats: 10_000 };
    const first = await call('/api/loop/out', request);
    const again = await call('/api/loop/out', {
      loopOutSats: 10_000,
      hash: client.hash,
      htlcClaimAddress: client.address,
    });
    expect(again).toEqual(first);
    expect(desk.service.records()).toHaveLength(1);
    const other = await call('/api/loop/out', { ...request, loopOutSats: 10_001 });
    expect(other).toEqual({ status: 409, body: { error: 'another swap has this hash' } });
    const stolen = await call('/api/loop/out', { ...request, htlcClaimAddress: handClient().address });
    expect(stolen.status).toBe(409);
  });

  const good = () => {
    const client = handClient();
    return { htlcClaimAddress: client.address, hash: client.hash, loopOutSats: 10_000 };
  };
  test.each<[string, () => unknown, RegExp]>([
    ['no JSON', () => '{', /not JSON/],
    ['a list', () => [], /not an object/],
    ['nothing', () => ({}), /htlcClaimAddress/],
    ['a short hash', () => ({ ...good(), hash: 'ab' }), /hash/],
    [
      'a hash in capitals',
      () => ({ ...good(), hash: good().hash.toUpperCase().replace(/\d/g, 'A') }),
      /hash/,
    ],
    ['an amount in text', () => ({ ...good(), loopOutSats: '10000' }), /loopOutSats/],
    ['a broken amount', () => ({ ...good(), loopOutSats: 10_000.5 }), /loopOutSats/],
    ['a negative amount', () => ({ ...good(), loopOutSats: -1 }), /loopOutSats/],
    ['less than the least', () => ({ ...good(), loopOutSats: 100 }), /out of range/],
    ['more than the most', () => ({ ...good(), loopOutSats: 20_000_000 }), /out of range/],
    [
      'a taproot address',
      () => ({
        ...good(),
        htlcClaimAddress: 'bcrt1p9yfmy5h72durp7zrhlw9lf7jpwjgvwdg0jr0lqmmjtgg83266lqsekaqka',
      }),
      /bc1q|address/i,
    ],
    [
      'an address of mainnet',
      () => ({ ...good(), htlcClaimAddress: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4' }),
      /another network/,
    ],
    ['a preimage size that no Lightning node takes', () => ({ ...good(), preimageSize: 31 }), /preimageSize/],
    ['a body without end', () => ({ ...good(), more: 'x'.repeat(300_000) }), /too large/],
  ])('refuses %s with {error}, and remembers nothing', async (_, body, error) => {
    const answer = await call('/api/loop/out', body());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.error).toMatch(error);
    expect(Object.keys(answer.body)).toEqual(['error']);
    expect(desk.service.records()).toEqual([]);
  });

  test('what is not there is 404, too many requests are 429', async () => {
    expect((await call('/api/loop')).status).toBe(404);
    expect((await call(`/api/loop/out/${'0'.repeat(64)}`)).status).toBe(404);
    for (let i = 0; i < 12; i++) expect((await call('/api/loop/out', good())).status).toBe(200);
    expect((await call('/api/loop/out', good())).status).toBe(429);
    desk.clock.ms += 61_000;
    expect((await call('/api/loop/out', good())).status).toBe(200);
  });

  test('a service without the money says so before anybody pays', async () => {
    const poor = await openDesk({ poor: true });
    const stand = await startSwapServer(poor.service);
    const answer = await fetch(`${stand.url}/api/loop/out`, { method: 'POST', body: JSON.stringify(good()) });
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as Answer).error).toMatch(/funds/);
    await stand.stop();
  });
});

describe('the way back', () => {
  test('a lock-up that nobody claims: the refund is refused one block early, taken on time, and only then the payment goes back', async () => {
    const { client, end } = await locked();
    await desk.mine(1);
    const { height } = desk.chain.tx(desk.service.find(client.hash)!.lockup!.txid)!.block!;
    await desk.mine(38);
    expect(desk.chain.height()).toBe(height + 38);
    expect(state(client.hash)).toBe('AwaitingOutgoingHtlcSettlement');
    // The same refund, made by hand one block too early.
    const early = await import('../../../devnet/swaps/contract.ts');
    const { ports, config, purse } = desk.service;
    const refund = early.refundOf(ports, config, desk.service.find(client.hash)!, purse.script, 2);
    expect(() => desk.chain.submit(refund.raw)).toThrow('non-BIP68-final');
    await desk.mine(1);
    expect(state(client.hash)).toBe('Refunding');
    const { txid } = desk.service.find(client.hash)!.refund!;
    expect(desk.chain.tx(txid)?.block).toBeUndefined();
    await desk.mine(1);
    expect(desk.chain.tx(txid)?.block?.height).toBe(height + 40);
    expect(desk.lightning.hold(client.hash)?.state).toBe('held');
    await desk.mine(2);
    expect(await end).toEqual({ failed: 'DESTINATION_REJECTED' });
    expect(state(client.hash)).toBe('Refunded');
  });

  test('a claim that comes late but before the refund is settled all the same', async () => {
    const { client, at, end, terms } = await locked();
    await desk.mine(1);
    desk.chain.setFees(50);
    await desk.mine(39);
    expect(state(client.hash)).toBe('Refunding');
    desk.chain.setFees();
    const late = rawOf(claimOf(client, at, terms));
    desk.chain.mine(1, { empty: true, include: [late] });
    await desk.settle();
    expect(await end).toEqual({ preimage: client.preimage, feeMsat: 0n });
    expect(state(client.hash)).toBe('Complete');
  });

  test('a lock-up that finds no block in time is taken back, and so is the promise', async () => {
    const { client, end, at } = await locked();
    const height = desk.chain.height();
    for (let i = 0; i < desk.service.config.confirmWait + 3 && state(client.hash) !== 'Refunded'; i++) {
      desk.chain.mine(1, { empty: desk.service.find(client.hash)?.recall === undefined });
      await desk.settle();
    }
    expect(desk.service.find(client.hash)?.recall).toBeDefined();
    await desk.mine(4);
    expect(await end).toEqual({ failed: 'DESTINATION_REJECTED' });
    expect(state(client.hash)).toBe('Refunded');
    expect(desk.chain.tx(at.txid)).toBeUndefined();
    expect(desk.chain.height() - height).toBeLessThan(25);
  });

  test('an invoice that nobody pays expires, and cannot be paid any more', async () => {
    const client = handClient();
    const { body } = await call('/api/loop/out', {
      htlcClaimAddress: client.address,
      hash: client.hash,
      loopOutSats: SATS,
    });
    desk.clock.ms += 601_000;
    await desk.settle();
    expect(state(client.hash)).toBe('Expired');
    expect(await pay(desk, body.paymentRequest, 51_000_000n)).toHaveProperty('failed');
  });

  test('reorganisations: the lock-up and the refund are shown again until they are buried', async () => {
    const { client, at } = await locked();
    await desk.mine(1);
    desk.chain.reorg(1, { empty: true });
    desk.chain.evict(at.txid);
    await desk.settle();
    expect(desk.chain.tx(at.txid)).toBeDefined();
    await desk.mine(41);
    const { txid } = desk.service.find(client.hash)!.refund!;
    expect(desk.chain.tx(txid)?.block).toBeDefined();
    desk.chain.reorg(1, { empty: true });
    desk.chain.evict(txid);
    await desk.settle();
    expect(desk.chain.tx(txid)).toBeDefined();
    expect(desk.lightning.hold(client.hash)?.state).toBe('held');
  });
});

describe('a client that cheats', () => {
  test('pays less than the invoice', async () => {
    const client = handClient();
    const { body } = await call('/api/loop/out', {
      htlcClaimAddress: client.address,
      hash: client.hash,
      loopOutSats: SATS,
    });
    expect(await pay(desk, body.paymentRequest, 50_999_999n)).toEqual({ failed: 'DESTINATION_REJECTED' });
    await desk.settle();
    expect(desk.service.find(client.hash)?.lockup).toBeUndefined();
  });

  test('a node that lets too little through, or too short an HTLC: nothing is locked, the payment goes back', async () => {
    const client = handClient();
    await call('/api/loop/out', { htlcClaimAddress: client.address, hash: client.hash, loopOutSats: SATS });
    const { node } = desk.service.ports;
    const real = node.hold;
    const seen = { bolt11: '', state: 'held', amountMsat: 50_999_000n, expiresAt: 10_000 } as const;
    node.hold = () => seen;
    await desk.settle();
    expect(desk.service.find(client.hash)).toMatchObject({
      state: 'Canceled',
      reason: 'less than the invoice arrived',
    });
    const short = handClient();
    node.hold = real;
    await call('/api/loop/out', { htlcClaimAddress: short.address, hash: short.hash, loopOutSats: SATS });
    node.hold = () => ({ ...seen, amountMsat: 51_000_000n, expiresAt: desk.chain.height() + 60 });
    await desk.settle();
    expect(desk.service.find(short.hash)?.state).toBe('Canceled');
    expect(desk.service.find(short.hash)?.lockup).toBeUndefined();
  });

  test.each([31, 33])(
    'a preimage of %s bytes cannot claim from the script that asks for 32',
    async (size) => {
      const client = handClient(new Uint8Array(size).fill(3));
      const { at, terms } = await locked(client, true);
      await desk.mine(1);
      expect(() => desk.chain.submit(rawOf(claimOf(client, at, terms)))).toThrow();
      expect(desk.lightning.hold(client.hash)?.state).toBe('held');
    },
  );

  test.each([31, 33])(
    "one of %s bytes takes the tutorial's output, which is why its amount is capped; it is never used to settle",
    async (size) => {
      const client = handClient(new Uint8Array(size).fill(4));
      const { at, terms } = await locked(client, false);
      await desk.mine(1);
      desk.chain.submit(rawOf(claimOf(client, at, terms)));
      await desk.mine(2);
      expect(state(client.hash)).toBe('Lost');
      expect(desk.lightning.hold(client.hash)?.state).toBe('held');
      const large = handClient();
      const { body } = await call('/api/loop/out', {
        htlcClaimAddress: large.address,
        hash: large.hash,
        loopOutSats: 1_000_001,
      });
      expect(body.error).toMatch(/out of range/);
    },
  );

  test('settles only with what opens the hash: a refund on the chain is no claim', async () => {
    const { client } = await locked();
    await desk.mine(44);
    expect(state(client.hash)).toBe('Refunded');
    expect(desk.service.find(client.hash)?.preimage).toBeUndefined();
    expect(toHex(sha256(client.preimage))).toBe(client.hash);
    expect(desk.effects).not.toContain('settle');
  });
});
