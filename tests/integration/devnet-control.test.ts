// The control API over HTTP, and the server's death and return: what tests and the demo lean on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { board, connectTo, freshKey } from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
});
afterAll(() => devnet.stop());

async function control(
  command: string,
  body: object = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${devnet.controlUrl}/${command}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

test('mines, pays an address, and shows it on Esplora', async () => {
  const { json: before } = await control('status');
  const address = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
  const { json: paid } = await control('fund', { address, sats: 70_000 });
  const { json: mined } = await control('mine', { blocks: 2 });
  expect(mined.height).toBe((before.height as number) + 2);
  const utxos = await (await fetch(`${devnet.esploraUrl}/address/${address}/utxo`)).json();
  expect(utxos).toMatchObject([{ txid: paid.txid, value: 70_000, status: { confirmed: true } }]);
});

test('makes invoices and lists what became of them', async () => {
  const { json: invoice } = await control('invoice', { amountSat: 1200, memo: 'tea', node: 'bob' });
  expect(invoice.bolt11).toMatch(/^lnbcrt12u1/);
  await devnet.lightning.pay({
    invoice: invoice.bolt11 as string,
    amountMsat: 1_200_000n,
    maxFeeMsat: 0n,
    maxCltv: 99,
  });
  const { json: invoices } = await control('invoices');
  expect(invoices).toContainEqual(
    expect.objectContaining({ paymentHash: invoice.paymentHash, state: 'settled' }),
  );
});

test('says what is wrong with a command', async () => {
  expect((await control('mine', { blocks: 'two' })).status).toBe(400);
  expect((await control('fault', { method: 'Handshake', kind: 'explode' })).status).toBe(400);
  expect((await control('fund', { address: 'nowhere', sats: 1 })).status).toBe(400);
  expect((await control('nonsense')).status).toBe(404);
  const noJson = await fetch(`${devnet.controlUrl}/mine`, { method: 'POST', body: '{' });
  expect(noJson.status).toBe(400);
});

test('a fault set over HTTP hits the next call and only that', async () => {
  await control('fault', { method: 'Handshake', kind: 'fail', code: 'Unavailable', message: 'busy' });
  const { ark } = connectTo(devnet);
  expect(await refusal(ark.handshake({}))).toMatchObject({ code: 'Unavailable', text: 'busy' });
  expect((await ark.handshake({})).maxProtocolVersion).toBe(5n);
});

test('a crashed server is unreachable, and comes back with its coins on the same port', async () => {
  const clients = connectTo(devnet);
  await board(devnet, clients, freshKey(), 50_000n);
  const coins = devnet.ark.state.vtxos.size;
  await control('crash');
  expect(devnet.ark.connections()).toBe(0);
  expect((await refusal(connectTo(devnet).ark.handshake({}))).code).toBe('Unavailable');
  await control('restart');
  expect((await connectTo(devnet).ark.handshake({})).minProtocolVersion).toBe(4n);
  expect(devnet.ark.state.vtxos.size).toBe(coins);
});

test('the clock goes forward on demand', async () => {
  const before = devnet.clock.now();
  await control('clock/advance', { seconds: 3600 });
  expect(devnet.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
});
