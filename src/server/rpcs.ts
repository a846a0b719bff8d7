// One typed method for each RPC of the services, with our deadlines, our errors, and a memory of what this server lacks.
// Only calls that have a substitute are remembered, and not for ever: money may hang on any other to which a proxy, or a
// server being upgraded, once said UNIMPLEMENTED.
import { createClient, type CallOptions, type Client, type Transport } from '@connectrpc/connect';
import type { DescService } from '@bufbuild/protobuf';
import { SkiffError } from '../errors.ts';
import { ArkService } from './gen/bark_server_pb.js';
import { LightningEdgeService } from './gen/lightning_edge_pb.js';
import { MailboxService } from './gen/mailbox_server_pb.js';
import { isAbsent, serverError } from './errors.ts';

/** All calls that need a negotiated version. */
export type Rpcs = Omit<Client<typeof ArkService>, 'handshake' | 'getArkInfo'> &
  Client<typeof MailboxService> &
  Client<typeof LightningEdgeService>;

const MINUTE = 60_000;
/** How long a call that the server lacks is not sent again. */
const ABSENT_MS = MINUTE;
/** The calls that older servers lack and that can be done without, at greater cost. */
const SPARABLE: ReadonlySet<string> = new Set(['getVtxosByIds', 'getVtxosStatusByIds', 'recoverVtxosByXpub']);
const UNARY_MS = MINUTE;
/** The server may hold an answer back (`wait`); it gives up by itself long before this. */
const WAITING_MS = 5 * MINUTE;
const STREAM_MS = 60 * MINUTE;

type Unary = (request: object, options?: CallOptions) => Promise<unknown>;
type Streaming = (request: object, options?: CallOptions) => AsyncIterable<unknown>;
type Calls = Record<string, (request: object, options?: CallOptions) => never>;

const absentHere = (method: string): SkiffError =>
  new SkiffError({
    code: 'UNSUPPORTED',
    say: 'This Ark server does not offer that yet.',
    details: { grpc: 'UNIMPLEMENTED', method },
  });

export interface RpcHooks {
  /** Milliseconds since 1970. */
  now(): number;
  /** Sees every error on its way to the caller. */
  failed(error: SkiffError): void;
}

type Absent = Map<string, number>;

function wrap(service: DescService, transport: Transport, absent: Absent, hooks: RpcHooks): object {
  const client = createClient(service, transport) as unknown as Calls;
  const translate = (e: unknown, method: string): SkiffError => {
    const error = serverError(e, method);
    if (isAbsent(error) && SPARABLE.has(method)) absent.set(method, hooks.now() + ABSENT_MS);
    hooks.failed(error);
    return error;
  };
  const isMissing = (method: string) => (absent.get(method) ?? 0) > hooks.now();
  const wrapped: Record<string, Unary | Streaming> = {};
  for (const { localName: method, methodKind } of service.methods) {
    const call = client[method]!.bind(client);
    if (methodKind === 'server_streaming')
      wrapped[method] = async function* (request, options) {
        if (isMissing(method)) throw absentHere(method);
        const left = new AbortController(); // a reader that stops reading ends the request
        const signal = options?.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
        try {
          yield* (call as Streaming)(request, { timeoutMs: STREAM_MS, ...options, signal });
        } catch (e) {
          throw translate(e, method);
        } finally {
          left.abort();
        }
      };
    else
      wrapped[method] = async (request, options) => {
        if (isMissing(method)) throw absentHere(method);
        const waits = 'wait' in request && request.wait === true;
        try {
          return await (call as Unary)(request, { timeoutMs: waits ? WAITING_MS : UNARY_MS, ...options });
        } catch (e) {
          throw translate(e, method);
        }
      };
  }
  return wrapped;
}

/** The calls of one connection. A call that can be spared and answers UNIMPLEMENTED is not sent again for a minute. */
export function createRpcs(transport: Transport, hooks: RpcHooks): Rpcs {
  const absent: Absent = new Map();
  return {
    ...wrap(ArkService, transport, absent, hooks),
    ...wrap(MailboxService, transport, absent, hooks),
    ...wrap(LightningEdgeService, transport, absent, hooks),
  } as Rpcs;
}
