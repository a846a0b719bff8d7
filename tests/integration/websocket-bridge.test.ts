// The bridge between a browser's WebSocket and a node's TCP port: every byte, in order, of any size, both ways; and the end.
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBridge, type Bridge } from '../../devnet/lightning/bridge.ts';
import { webSockets } from '../../src/http/stream.ts';

let echo: Server;
let bridge: Bridge;
let last: Socket | undefined;

beforeAll(async () => {
  echo = createServer((socket) => {
    last = socket;
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  bridge = await startBridge((echo.address() as AddressInfo).port);
});
afterAll(async () => {
  last?.destroy();
  await bridge.stop();
  await new Promise((resolve) => echo.close(resolve));
});

async function open() {
  const heard: Uint8Array[] = [];
  const ended = Promise.withResolvers<void>();
  const stream = await webSockets(true)(bridge.url)({ data: (b) => heard.push(b), closed: ended.resolve });
  return { stream, ended: ended.promise, bytes: () => Buffer.concat(heard) };
}

test('bytes go through as they are, whatever their number', async () => {
  const { stream, bytes } = await open();
  const pieces = [1, 50, 125, 126, 127, 65_535, 65_536, 200_000].map((n) => randomBytes(n));
  for (const piece of pieces) stream.send(piece);
  await expect.poll(() => bytes().length, { timeout: 30_000 }).toBe(Buffer.concat(pieces).length);
  expect(bytes().equals(Buffer.concat(pieces))).toBe(true);
  stream.close();
});

test('when the node hangs up, so does the socket; when the socket closes, so does the node', async () => {
  const { ended } = await open();
  await expect.poll(() => last?.readyState, { timeout: 30_000 }).toBe('open');
  last?.destroy();
  await ended;
  const { stream } = await open();
  await expect.poll(() => last?.readyState, { timeout: 30_000 }).toBe('open');
  const gone = new Promise((resolve) => last?.once('close', resolve));
  stream.close();
  await gone;
});

test('a port where nobody listens is not reached', async () => {
  const nobody = await startBridge(1);
  await expect(
    webSockets(true)(nobody.url)({ data: () => undefined, closed: () => undefined }),
  ).rejects.toThrow('HTTP_FAILED');
  await nobody.stop();
});
