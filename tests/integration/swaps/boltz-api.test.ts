// The Boltz side of the loop-out service, as its clients speak to it: REST, and updates over a WebSocket.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockedOf, refundOf, reverseOf } from '../../../devnet/swaps/contract.ts';
import { startSwapServer, type SwapServer } from '../../../devnet/swaps/server.ts';
import { serializeTx } from '../../../src/ark/tx.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { claimByLeaf } from '../../../src/swaps/boltz/spend.ts';
import { sats } from '../../../src/units.ts';
import { handClient, openDesk, pay, type Desk, type HandClient } from '../support/swap-desk.ts';

type Json = Record<string, unknown>;

let desk: Desk;
let server: SwapServer;
beforeEach(async () => {
  desk = await openDesk();
  server = await startSwapServer(desk.service);
});
afterEach(() => server.stop());

async function call(path: string, body?: object): Promise<{ status: number; body: Json }> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${server.url}/v2${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Json };
}

const order = (client: HandClient, more: Json = {}) => ({
  from: 'BTC',
  to: 'BTC',
  preimageHash: client.hash,
  claimPublicKey: toHex(curve.publicKey(client.secret)),
  invoiceAmount: 100_000,
  ...more,
});

describe('reverse swaps', () => {
  test('pair, order, updates in their order, lock-up, settlement', async () => {
    const pairs = (await call('/swap/reverse')).body as { BTC: { BTC: { hash: string } } };
    const client = handClient();
    const { hash: pairHash } = pairs.BTC.BTC;
    const { body: swap } = await call('/swap/reverse', order(client, { pairHash }));
    // 0.5 % of the invoice and the miner's fee of the lock-up.
    expect(swap['onchainAmount']).toBe(100_000 - 500 - 462);
    const id = swap['id'] as string;

    const heard: string[] = [];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v2/ws`);
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    socket.addEventListener('message', ({ data }) => {
      const { event, args } = JSON.parse(data as string) as { event: string; args?: { status: string }[] };
      if (event !== 'update') return;
      const { status } = args![0]!;
      if (heard.at(-1) !== status) heard.push(status);
      if (status === 'invoice.settled') resolve();
    });
    await new Promise((open) => socket.addEventListener('open', open));
    socket.send(JSON.stringify({ op: 'subscribe', channel: 'swap.update', args: [id] }));
    while (heard.length === 0) await new Promise((wait) => setImmediate(wait));

    const end = pay(desk, swap['invoice'] as string, 100_000_000n);
    while (!heard.includes('transaction.mempool')) {
      await desk.settle();
      await new Promise((wait) => setImmediate(wait));
    }
    const { body: lockup } = await call(`/swap/reverse/${id}/transaction`);
    expect(lockup['id']).toBe(desk.service.find(id)!.lockup!.txid);
    await desk.mine();
    expect((await call(`/swap/${id}`)).body['status']).toBe('transaction.confirmed');
    while (!heard.includes('transaction.confirmed')) await new Promise((wait) => setImmediate(wait));
    await desk.service.reveal(desk.service.find(id)!, client.preimage);
    await settled;
    expect(await end).toEqual({ preimage: client.preimage, feeMsat: 0n });
    expect(heard).toEqual([
      'swap.created',
      'transaction.mempool',
      'transaction.confirmed',
      'invoice.settled',
    ]);
    socket.close();
  });

  test.each<[string, Json, number]>([
    ['stale prices', { pairHash: '00' }, 400],
    ['another pair', { to: 'L-BTC' }, 404],
    ['two amounts', { onchainAmount: 50_000 }, 400],
    ['no key', { claimPublicKey: `02${'00'.repeat(32)}` }, 400],
    ['too little', { invoiceAmount: 100 }, 400],
  ])('refuses %s with {error}', async (_, more, status) => {
    const answer = await call('/swap/reverse', order(handClient(), more));
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, ['error']]);
    expect(desk.service.records()).toEqual([]);
  });

  /** A paid reverse swap whose lock-up is in a block. */
  async function locked(client: HandClient) {
    const { body: swap } = await call('/swap/reverse', order(client));
    const end = pay(desk, swap['invoice'] as string, 100_000_000n);
    while (!desk.service.find(client.hash)?.lockup) await desk.settle();
    await desk.settle();
    await desk.mine();
    return { id: swap['id'] as string, end, record: () => desk.service.find(client.hash)! };
  }

  test.each([31, 33])('a preimage of %s bytes: neither the service nor the script takes it', async (size) => {
    const client = handClient(new Uint8Array(size).fill(5));
    const { id, record } = await locked(client);
    const asked = {
      preimage: toHex(client.preimage),
      pubNonce: '02'.repeat(66),
      transaction: '00',
      index: 0,
    };
    const answer = await call(`/swap/reverse/${id}/claim`, asked);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(/preimage/) } });
    const { ports, config, purse } = desk.service;
    const plan = { locked: lockedOf(ports, config, record()), to: purse.script, fee: sats(400n) };
    const signer = { secret: client.secret, aux: new Uint8Array(32), preimage: client.preimage };
    const claim = claimByLeaf(curve, plan, reverseOf(ports, record()), signer);
    expect(() => desk.chain.submit(serializeTx(claim))).toThrow();
    await desk.settle();
    expect(desk.lightning.hold(client.hash)?.state).toBe('held');
    expect(record().preimage).toBeUndefined();
  });

  test('nobody claims: the refund is refused one block early, taken on time, and only then the payment goes back', async () => {
    const client = handClient();
    const { end, record } = await locked(client);
    const { timeout } = record();
    await desk.mine(timeout - 1 - desk.chain.height());
    const { ports, config, purse } = desk.service;
    const early = refundOf(ports, config, record(), purse.script, 2);
    expect(() => desk.chain.submit(early.raw)).toThrow('non-final');
    expect(record().state).toBe('AwaitingOutgoingHtlcSettlement');
    await desk.mine(2);
    expect(desk.chain.tx(record().refund!.txid)?.block?.height).toBe(timeout + 1);
    expect(desk.lightning.hold(client.hash)?.state).toBe('held');
    await desk.mine(2);
    expect(await end).toEqual({ failed: 'DESTINATION_REJECTED' });
    expect(record().state).toBe('Refunded');
  });

  test('the share of a claim is for whoever has the preimage, and for the locked output only', async () => {
    const client = handClient();
    const { body: swap } = await call('/swap/reverse', order(client));
    const id = swap['id'] as string;
    const foreign = {
      version: 2,
      lockTime: 0,
      inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0 }, sequence: 0 }],
      outputs: [{ value: sats(1_000n), script: new Uint8Array(22) }],
    };
    const claim = {
      preimage: toHex(client.preimage),
      pubNonce: `${'02'.padEnd(66, '1')}${'02'.padEnd(66, '1')}`,
      transaction: toHex(serializeTx(foreign)),
      index: 0,
    };
    const ask = (more: Json) => call(`/swap/reverse/${id}/claim`, { ...claim, ...more });
    expect((await ask({ preimage: '00'.repeat(32) })).body['error']).toBe('invalid preimage');
    expect((await ask({})).status).toBe(400);
    void pay(desk, swap['invoice'] as string, 100_000_000n);
    while (!desk.service.find(id)?.lockup) await desk.settle();
    expect((await ask({})).body['error']).toBe('the transaction does not spend the lock-up');
    expect(desk.service.find(id)?.preimage).toBeUndefined();
    expect(desk.lightning.hold(client.hash)?.state).toBe('held');
    expect((await call('/swap/000000000000')).status).toBe(404);
  });
});
