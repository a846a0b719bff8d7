// A connection to the Ark server: handshake, version, description, checks, pins, in that order; nothing is usable before
// all of them passed. Shared by everybody (single-flight), made again after it was dropped.
import { createClient } from '@connectrpc/connect';
import type { Network } from '../bitcoin/network.ts';
import type { Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { assertNetwork, assertSafe, parseArkInfo, type ArkInfo } from './ark-info.ts';
import { isTransient, serverError, wantsNewHandshake } from './errors.ts';
import { ArkService } from './gen/bark_server_pb.js';
import type { Pins } from './pins.ts';
import { createRpcs, type Rpcs } from './rpcs.ts';
import { clockWatch, metadata, USER_AGENT, type MakeTransport } from './transport.ts';

/** Below 5 the server refuses Lightning and rounds; nothing above exists. */
const PROTOCOL_VERSION = 5;
/** The description is asked for again when it is older: fees change without a new connection. */
const INFO_MAX_AGE_MS = 10 * 60_000;
const CONNECT_TIMEOUT_MS = 20_000;
const MAX_PSA_LENGTH = 500;

export interface ArkServer extends Rpcs {
  readonly pver: number;
  /** An announcement of the operator, to be shown as plain text. */
  readonly psa: string | undefined;
  /** Checked description, at most ten minutes old unless the server is out of reach. */
  info(): Promise<ArkInfo>;
  /** Server clock minus ours in ms (resolution 1 s), once an answer told it. */
  clockSkew(): number | undefined;
  /** Later calls on this value fail; the link makes a new one. */
  close(): void;
}

export interface ConnectOptions {
  makeTransport: MakeTransport;
  network: Network;
  pins: Pins;
  curve: Pick<Curve, 'isPoint'>;
  /** Milliseconds since 1970. */
  now(): number;
  userAgent?: string;
}

function negotiate(min: bigint, max: bigint): number {
  const ours = BigInt(PROTOCOL_VERSION);
  const details = { ours, serverMin: min, serverMax: max };
  if (min > ours)
    throw new SkiffError({
      code: 'PROTOCOL_TOO_NEW',
      say: 'The Ark server needs a newer Skiff. Update Skiff; your coins are safe.',
      details,
    });
  if (max < ours)
    throw new SkiffError({
      code: 'PROTOCOL_TOO_OLD',
      say: 'The Ark server runs old software that Skiff does not speak with.',
      details,
    });
  return PROTOCOL_VERSION;
}

/**
 * Makes one connection.
 * @throws SkiffError SERVER_UNREACHABLE, PROTOCOL_TOO_OLD, PROTOCOL_TOO_NEW, WRONG_NETWORK, SERVER_UNSAFE,
 *   SERVER_MISBEHAVED, SERVER_KEY_CHANGED, HTTP_REFUSED
 */
export async function connect(options: ConnectOptions): Promise<ArkServer & { stale(): boolean }> {
  const { now, network, pins, curve } = options;
  let pver: number | undefined = undefined;
  let skew: number | undefined;
  let stale = false;
  const closed = new AbortController();
  const transport = options.makeTransport([
    metadata(() => pver, options.userAgent ?? USER_AGENT),
    clockWatch((serverMs) => (skew = serverMs + 500 - now())),
    (next) => (req) => {
      closed.signal.throwIfAborted();
      return next(req);
    },
  ]);
  const client = createClient(ArkService, transport);
  const ask = async <T>(method: string, call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (e) {
      throw serverError(e, method);
    }
  };

  const hello = await ask('handshake', client.handshake({}, { timeoutMs: CONNECT_TIMEOUT_MS }));
  pver = negotiate(hello.minProtocolVersion, hello.maxProtocolVersion);

  const fetchInfo = async (): Promise<ArkInfo> => {
    const info = parseArkInfo(
      await ask('getArkInfo', client.getArkInfo({}, { timeoutMs: CONNECT_TIMEOUT_MS })),
      curve,
    );
    assertNetwork(info, network);
    assertSafe(info);
    await pins.check(info);
    return info;
  };
  let info = await fetchInfo();
  let fetchedAt = now();
  let refreshing: Promise<ArkInfo> | undefined;

  const refresh = async (): Promise<ArkInfo> => {
    try {
      info = await fetchInfo();
      fetchedAt = now();
    } catch (e) {
      if (!isTransient(e)) {
        stale = true;
        throw e;
      }
    }
    return info;
  };

  return {
    ...createRpcs(transport, { now, failed: (error) => (stale ||= wantsNewHandshake(error)) }),
    pver,
    psa: hello.psa?.slice(0, MAX_PSA_LENGTH),
    info: async () => {
      if (now() - fetchedAt < INFO_MAX_AGE_MS) return info;
      refreshing ??= refresh().finally(() => (refreshing = undefined));
      return refreshing;
    },
    clockSkew: () => skew,
    close: () => {
      stale = true;
      closed.abort();
    },
    stale: () => stale,
  };
}

export interface ServerLink {
  /** The connection, made now if there is none. Parallel callers share one attempt. @throws as {@link connect} */
  get(): Promise<ArkServer>;
  /** Closes the connection, if any; the next `get` makes a new one. */
  drop(): void;
}

/** Keeps one connection for everybody. After a server asked for a new handshake, the next `get` makes one. */
export function serverLink(options: ConnectOptions): ServerLink {
  let attempt: Promise<ArkServer & { stale(): boolean }> | undefined;
  const fresh = () => {
    const mine = connect(options);
    attempt = mine;
    mine.catch(() => {
      if (attempt === mine) attempt = undefined;
    });
    return mine;
  };
  return {
    get: async () => {
      const mine = attempt ?? fresh();
      const server = await mine;
      if (!server.stale()) return server;
      return attempt === undefined || attempt === mine ? fresh() : attempt;
    },
    drop: () => {
      attempt?.then(
        (server) => server.close(),
        () => undefined,
      );
      attempt = undefined;
    },
  };
}
