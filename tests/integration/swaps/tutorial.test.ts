// A service that speaks the tutorial's API and nothing else: one POST, three fields in, two fields out; no quote, no status.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressToScript } from '../../../src/bitcoin/address.ts';
import { guardedSocket } from '../../../src/http/socket.ts';
import { sats } from '../../../src/units.ts';
import { arrivedAt, ELSEWHERE, go, openSwapWorld, type SwapWorld } from '../support/swap-world.ts';

let world: SwapWorld;
let plain: Server;
const asked: unknown[] = [];
beforeEach(async () => {
  world = await openSwapWorld({
    instance: { wrap: (ports) => ({ ...ports, socket: guardedSocket(true) }) },
  });
  plain = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      if (req.method !== 'POST' || req.url !== '/api/loop/out') return void res.writeHead(404).end();
      const { htlcClaimAddress, hash, loopOutSats } = JSON.parse(Buffer.concat(parts).toString()) as Record<
        string,
        unknown
      >;
      const known = { htlcClaimAddress, hash, loopOutSats };
      asked.push(known);
      void fetch(`${world.devnet.swaps.url}${req.url}`, { method: 'POST', body: JSON.stringify(known) })
        .then((answer) => answer.json())
        .then((body) => {
          const { htlcRefundAddress, paymentRequest } = body as Record<string, string>;
          res.end(JSON.stringify({ htlcRefundAddress, paymentRequest }));
        });
    });
  });
  await new Promise<void>((listening) => plain.listen(0, '127.0.0.1', listening));
});
afterEach(async () => {
  plain.closeAllConnections();
  plain.close();
  await world.stop();
});

test('is paid its thousand sat, and its output is claimed by its own script', async () => {
  const { devnet, instance } = world;
  const service = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const order = { backend: 'loop-http', service, address: ELSEWHERE, amount: sats(50_000n) } as const;
  const { hash, quote } = await instance.wallet.startSwap(order);
  expect(quote.serviceFee).toBe(1_000n);
  const row = await go(world, hash);
  expect(row).toMatchObject({ status: 'done', agreement: { delay: 40, sized: false } });
  expect(arrivedAt(devnet, addressToScript(ELSEWHERE, 'regtest'))).toBe(row.received);
  expect(devnet.swaps.service.find(hash)).toMatchObject({ state: 'Complete', timeout: 40 });
  expect(asked).toMatchObject([{ hash, loopOutSats: Number(quote.lockup) }]);
});
