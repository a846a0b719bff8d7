// The devnet's port as clients see it: both protocols, CORS, metadata, faults.
import { connect } from 'node:net';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFaults, type Faults } from '../../../devnet/grpc/faults.ts';
import { checkUserAgent, requireHashLocks } from '../../../devnet/grpc/headers.ts';
import { listenBoth, type Listening } from '../../../devnet/grpc/listen.ts';
import { grpcHandler } from '../../../devnet/grpc/routes.ts';
import { notFound } from '../../../devnet/grpc/status.ts';
import { ArkService, type HandshakeResponse } from '../../../src/server/gen/bark_server_pb.js';

let listening: Listening;
let faults: Faults;
let handled: number;

beforeEach(async () => {
  handled = 0;
  faults = createFaults(() => Date.now());
  const handler = grpcHandler(
    (router) =>
      router.service(ArkService, {
        handshake: () => {
          handled += 1;
          return { minProtocolVersion: 4n, maxProtocolVersion: 5n };
        },
        getVtxo: () => {
          throw notFound('VTXO not found', ['aa:0', 'bb:1']);
        },
        initiateLightningPayment: (_, context) => {
          requireHashLocks(context, 'pay');
          return {};
        },
        subscribeRounds: async function* (_, context) {
          yield { event: { case: 'failed' as const, value: { roundSeq: 7n } } };
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        },
      }),
    [checkUserAgent, faults.interceptor],
  );
  listening = await listenBoth(handler, 0);
});
afterEach(() => listening.close());

const url = () => `http://127.0.0.1:${listening.port}`;
const transports: [string, () => Transport][] = [
  ['grpc', () => createGrpcTransport({ baseUrl: url() })],
  ['grpc-web', () => createGrpcWebTransport({ baseUrl: url(), httpVersion: '1.1' })],
];
const client = (make: () => Transport) => createClient(ArkService, make());
const failure = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('expected a failure');
    },
    (e: unknown) => ConnectError.from(e),
  );

test('a lie of the server reaches the client', async () => {
  faults.tamper<HandshakeResponse>('Handshake', (answer) => (answer.maxProtocolVersion = 9n));
  const web = client(() => createGrpcTransport({ baseUrl: url() }));
  expect((await web.handshake({})).maxProtocolVersion).toBe(9n);
  expect((await web.handshake({})).maxProtocolVersion).toBe(5n);
});

for (const [name, transport] of transports) {
  test(`${name}: a unary call is answered and recorded`, async () => {
    const answer = await client(transport).handshake(
      {},
      { headers: { pver: '5', 'x-user-agent': 'skiff/1' } },
    );
    expect(answer.maxProtocolVersion).toBe(5n);
    expect(faults.calls).toMatchObject([
      { method: 'Handshake', protocol: name, pver: '5', userAgent: 'skiff/1', outcome: 'ok' },
    ]);
  });

  test(`${name}: NOT_FOUND carries the identifiers`, async () => {
    const e = await failure(client(transport).getVtxo({}));
    expect(e.code).toBe(Code.NotFound);
    expect(e.metadata.get('identifiers')).toBe('aa:0,bb:1');
  });

  test(`${name}: a stream delivers while it stays open`, async () => {
    const stop = new AbortController();
    const seen: unknown[] = [];
    const read = async () => {
      for await (const event of client(transport).subscribeRounds({}, { signal: stop.signal })) {
        seen.push(event.event);
        stop.abort();
      }
    };
    expect((await failure(read())).code).toBe(Code.Canceled);
    expect(seen).toMatchObject([{ case: 'failed', value: { roundSeq: 7n } }]);
  });

  test(`${name}: what is not built answers UNIMPLEMENTED`, async () => {
    expect((await failure(client(transport).submitPayment({}))).code).toBe(Code.Unimplemented);
  });

  test(`${name}: a dropped response means that the server acted and the client cannot know`, async () => {
    faults.dropResponse('Handshake');
    const e = await failure(client(transport).handshake({}));
    expect([Code.Unavailable, Code.Canceled, Code.Aborted, Code.Unknown, Code.Internal]).toContain(e.code);
    expect(handled).toBe(1);
    await client(transport).handshake({});
    expect(faults.calls.map((c) => c.outcome)).toEqual(['drop-response', 'ok']);
  });

  test(`${name}: a dropped request and an injected status leave the server untouched`, async () => {
    faults.dropRequest('Handshake');
    faults.fail('Handshake', Code.ResourceExhausted, 'slow down');
    await failure(client(transport).handshake({}));
    expect((await failure(client(transport).handshake({}))).code).toBe(Code.ResourceExhausted);
    expect(handled).toBe(0);
  });
}

test.each(['Skiff/1', 'skiff', 'skiff/', '/1', 'a b/1', `${'a'.repeat(33)}/1`])(
  'x-user-agent %j is refused on every call',
  async (agent) => {
    const e = await failure(
      client(() => createGrpcWebTransport({ baseUrl: url(), httpVersion: '1.1' })).handshake(
        {},
        { headers: { 'x-user-agent': agent } },
      ),
    );
    expect(e.code).toBe(Code.InvalidArgument);
  },
);

test.each([
  [{}, 'missing pver header'],
  [{ pver: 'five' }, 'invalid protocol version header'],
  [{ pver: '4' }, 'too old'],
])('a Lightning call with headers %j is refused: %s', async (headers, text) => {
  const web = client(() => createGrpcTransport({ baseUrl: url() }));
  const e = await failure(web.initiateLightningPayment({}, { headers }));
  expect(e.code).toBe(Code.InvalidArgument);
  expect(e.rawMessage).toContain(text);
});

test('a browser may ask from anywhere and read every header', async () => {
  const preflight = await fetch(`${url()}/bark_server.ArkService/Handshake`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(200);
  expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
  const answer = await fetch(`${url()}/bark_server.ArkService/Handshake`, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    body: new Uint8Array(5),
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-expose-headers')).toBe('*');
  expect(answer.headers.get('content-type')).toBe('application/grpc-web+proto');
});

test('a connection that trickles its first bytes is still understood', async () => {
  const socket = connect(listening.port, '127.0.0.1');
  const text = await new Promise<string>((resolve, reject) => {
    socket.on('error', reject);
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    socket.on('connect', () => {
      socket.setNoDelay(true);
      socket.write('P');
      setImmediate(() => socket.write('OST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'));
    });
  });
  socket.destroy();
  expect(text).toMatch(/^HTTP\/1\.1 404/);
});
