import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterEach, describe, expect, test } from 'vitest';
import { guardedFetch } from '../../../src/http/fetch.ts';
import { connect } from '../../../src/server/connect.ts';
import { identifiersOf, isRejection, isTransient, wantsNewHandshake } from '../../../src/server/errors.ts';
import { ArkService, VtxoSpendState } from '../../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../../src/server/gen/mailbox_server_pb.js';
import { vtxoStates } from '../../../src/server/lookup.ts';
import { normalizeServerUrl, webTransport } from '../../../src/server/transport.ts';
import { arkImpl, reach, type Script } from './scripted-server.ts';

let server: Server | undefined;
async function listen(handler: RequestListener): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((r) => server!.listen(0, '127.0.0.1', r));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});
/** Over real HTTP and gRPC-web. */
const overHttp = (url: string, now = Date.now) =>
  reach({}, { makeTransport: webTransport(url, guardedFetch({ privateAllowed: true, maxBytes: 1e6 })), now });
const serve = (script: Script, seen?: (headers: Headers) => void) =>
  listen(
    connectNodeAdapter({
      routes: (router) => {
        router.service(ArkService, arkImpl(script));
        router.service(MailboxService, script.mailbox ?? {});
      },
      interceptors: [
        (next) => (req) => {
          seen?.(req.header);
          return next(req);
        },
      ],
    }),
  );
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (e: unknown) => e,
  );

describe('over the wire', () => {
  test('every request says who we are, the version once it is known, and its deadline', async () => {
    const seen: (string | null)[][] = [];
    const url = await serve({ ark: { getOffboardFeeRate: () => ({ satVkb: 5n }) } }, (h) =>
      seen.push([h.get('x-user-agent'), h.get('pver'), h.get('grpc-timeout')]),
    );
    const ark = await connect(overHttp(url));
    expect((await ark.getOffboardFeeRate({})).satVkb).toBe(5n);
    expect(seen).toEqual([
      ['skiff/0.1.0', null, '20000m'],
      ['skiff/0.1.0', '5', '20000m'],
      ['skiff/0.1.0', '5', '60000m'],
    ]);
  });

  test('a refusal names its ids, in trailers and in a trailers-only answer', async () => {
    const url = await serve({
      ark: {
        getVtxo: () => {
          throw new ConnectError('unusable', Code.InvalidArgument, { identifiers: 'aa:0, bb:1' });
        },
      },
    });
    const ark = await connect(overHttp(url));
    const e = await caught(ark.getVtxo({}));
    expect(e).toMatchObject({
      code: 'SERVER_REFUSED',
      retry: 'never',
      details: { grpc: 'INVALID_ARGUMENT' },
    });
    expect(identifiersOf(e)).toEqual(['aa:0', 'bb:1']);
    const only = await listen((_q, r) =>
      r
        .writeHead(200, {
          'content-type': 'application/grpc-web+proto',
          'grpc-status': '5',
          'grpc-message': 'no%20such',
          identifiers: 'cc:2',
        })
        .end(),
    );
    const other = await caught(connect(overHttp(only)));
    expect(other).toMatchObject({ details: { grpc: 'NOT_FOUND', said: 'no such' } });
    expect(identifiersOf(other)).toEqual(['cc:2']);
    expect(isRejection(other)).toBe(true);
  });

  test.each([
    ['a web page', 200, 'text/html', '<html>hello</html>'],
    ['not found by a proxy', 404, 'text/html', 'nope'],
    ['a bad gateway', 502, 'text/html', ''],
    ['an HTTP 400 of a proxy', 400, 'text/plain', 'bad'],
    ['an empty answer', 200, 'application/grpc-web+proto', ''],
    ['garbage in a frame', 200, 'application/grpc-web+proto', '\x00\x00\x00\x00\x02\xff\xff'],
  ])('%s is not a refusal of the server: tried again', async (_what, status, type, body) => {
    const url = await listen((_q, r) => r.writeHead(status, { 'content-type': type }).end(body, 'latin1'));
    const e = await caught(connect(overHttp(url)));
    expect(e).toMatchObject({ code: 'SERVER_UNREACHABLE', retry: 'later' });
    expect(isRejection(e)).toBe(false);
  });

  test('nobody there', async () => {
    const url = await serve({});
    server?.close();
    const e = await caught(connect(overHttp(url)));
    expect(e).toMatchObject({ code: 'SERVER_UNREACHABLE', retry: 'later' });
    expect(isTransient(e)).toBe(true);
  });

  test('a private address outside regtest is refused before anything is sent', async () => {
    const fetch = guardedFetch({ privateAllowed: false, maxBytes: 1e6 });
    const e = await caught(
      connect({ ...overHttp('http://x'), makeTransport: webTransport('10.0.0.1', fetch) }),
    );
    expect(e).toMatchObject({ code: 'HTTP_REFUSED' });
  });

  test('the clock of the server is read from its answers', async () => {
    const url = await serve({});
    const ark = await connect(overHttp(url, () => Date.now() - 3_600_000));
    expect(Math.abs(ark.clockSkew()! - 3_600_000)).toBeLessThan(3000);
  });

  test('a call gives up at its deadline, and at the signal of its caller', async () => {
    const forever = () => new Promise<never>(() => undefined);
    const url = await serve({ ark: { getOffboardFeeRate: forever } });
    const ark = await connect(overHttp(url));
    expect(await caught(ark.getOffboardFeeRate({}, { timeoutMs: 40 }))).toMatchObject({
      details: { grpc: 'DEADLINE_EXCEEDED' },
    });
    const stop = new AbortController();
    const call = caught(ark.getOffboardFeeRate({}, { signal: stop.signal }));
    stop.abort();
    expect(await call).toMatchObject({ retry: 'later', details: { grpc: 'CANCELLED' } });
  });

  test('a stream delivers, and a reader that leaves ends it at the server', async () => {
    let ended: () => void;
    const atServer = new Promise<void>((r) => (ended = r));
    const url = await serve({
      mailbox: {
        subscribeMailbox: async function* (_q, context) {
          yield { checkpoint: 1n };
          yield { checkpoint: 2n };
          await new Promise((r) => context.signal.addEventListener('abort', r));
          ended();
        },
      },
    });
    const ark = await connect(overHttp(url));
    const seen: bigint[] = [];
    for await (const message of ark.subscribeMailbox({})) {
      seen.push(message.checkpoint);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1n, 2n]);
    await atServer;
  });
});

describe('what a server lacks', () => {
  test('an absent call that can be spared is not sent again for a minute', async () => {
    let asked = 0;
    let time = 1_700_000_000_000;
    const script: Script = {
      ark: {
        recoverVtxosByXpub: () => {
          asked++;
          throw new ConnectError('no', Code.Unimplemented);
        },
      },
    };
    const reached = () => reach(script, { now: () => time });
    const ark = await connect(reached());
    for (let i = 0; i < 2; i++)
      expect(await caught(ark.recoverVtxosByXpub({}))).toMatchObject({
        code: 'UNSUPPORTED',
        details: { grpc: 'UNIMPLEMENTED' },
      });
    expect(asked).toBe(1);
    await caught((await connect(reached())).recoverVtxosByXpub({}));
    expect(asked).toBe(2);
    time += 60_000;
    await caught(ark.recoverVtxosByXpub({}));
    expect(asked).toBe(3);
  });

  test('a call that nothing replaces is sent each time: money may hang on it', async () => {
    let asked = 0;
    const ark = await connect(
      reach({
        ark: {
          initiateLightningPayment: () => {
            if (asked++ === 0) throw new ConnectError('no', Code.Unimplemented);
            return {};
          },
        },
      }),
    );
    expect(await caught(ark.initiateLightningPayment({}))).toMatchObject({ code: 'UNSUPPORTED' });
    await ark.initiateLightningPayment({});
    expect(asked).toBe(2);
  });

  const query = (byte: number) => ({
    vtxoId: new Uint8Array(36).fill(byte),
    attestation: new Uint8Array(64),
  });
  const want = new Map([
    ['01'.repeat(36), VtxoSpendState.SPENDABLE],
    ['02'.repeat(36), VtxoSpendState.SPENT],
  ]);

  test('states of many coins in one call', async () => {
    const ark = await connect(
      reach({
        ark: {
          getVtxosStatusByIds: ({ vtxos }) => ({
            vtxos: [
              { vtxoId: vtxos[0]!.vtxoId, spendState: VtxoSpendState.SPENDABLE },
              { vtxoId: vtxos[1]!.vtxoId, spendState: VtxoSpendState.SPENT },
            ],
            missingVtxoIds: [vtxos[2]!.vtxoId],
          }),
        },
      }),
    );
    expect(await vtxoStates(ark, [query(1), query(2), query(3)])).toEqual(want);
  });

  test('states of many coins one by one from a server without that call', async () => {
    const ark = await connect(
      reach({
        ark: {
          getVtxoStatus: ({ vtxoId }) => {
            if (vtxoId[0] === 3) throw new ConnectError('unknown', Code.NotFound);
            return { spendState: vtxoId[0] === 1 ? VtxoSpendState.SPENDABLE : VtxoSpendState.SPENT };
          },
        },
      }),
    );
    expect(await vtxoStates(ark, [query(1), query(2), query(3)])).toEqual(want);
  });
});

describe('statuses', () => {
  const codes = Object.values(Code).filter((c): c is Code => typeof c === 'number');
  test.each(codes.map((c) => [Code[c], c] as const))('%s', async (_name, code) => {
    const ark = await connect(
      reach({
        ark: {
          getVtxo: () => {
            throw new ConnectError('x', code);
          },
        },
      }),
    );
    const e = await caught(ark.getVtxo({}));
    expect(isRejection(e)).toBe(code === Code.InvalidArgument || code === Code.NotFound);
    const final = [
      Code.InvalidArgument,
      Code.NotFound,
      Code.Unimplemented,
      Code.Unauthenticated,
      Code.PermissionDenied,
    ];
    expect(isTransient(e)).toBe(!final.includes(code));
  });

  test('a refusal of our version asks for a new handshake', async () => {
    const ark = await connect(
      reach({
        ark: {
          getVtxo: () => {
            throw new ConnectError('bad user input: Your client version is too old', Code.InvalidArgument);
          },
        },
      }),
    );
    expect(wantsNewHandshake(await caught(ark.getVtxo({})))).toBe(true);
    expect(ark.stale()).toBe(true);
  });
});

test.each([
  ['ark.example.com', 'https://ark.example.com'],
  [' https://ark.example.com/ ', 'https://ark.example.com'],
  ['http://127.0.0.1:3535', 'http://127.0.0.1:3535'],
  ['localhost:3535', 'https://localhost:3535'],
])('server address %s', (typed, url) => expect(normalizeServerUrl(typed)).toBe(url));

test.each(['', 'ftp://a', 'https://u:p@a.com', 'https://a.com?x=1', 'two words'])(
  'no server address: %j',
  (typed) => expect(() => normalizeServerUrl(typed)).toThrow(/INVALID_ARGUMENT/),
);
