// Several chain servers for one question: the first that works is asked; one that fails is left alone for a while. A
// server must show the genesis block of our network before anything it says is used.
import * as v from 'valibot';
import { SkiffError, isSkiffError } from '../errors.ts';
import type { Network } from '../bitcoin/network.ts';
import { request, type HttpAnswer, type HttpRequest } from '../http/fetch.ts';

export interface EndpointsOptions {
  /** Base URLs of Esplora APIs, in order of preference. */
  urls: readonly string[];
  network: Network;
  /** A guarded fetch (src/http). */
  fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  now(): number;
  sleep?(ms: number): Promise<void>;
  timeoutMs?: number;
  /** sat/vB where the servers give no estimate; 2 on mainnet, 1 elsewhere when left out. */
  fallbackRate?: number;
}

/** Hashes of the first blocks. */
export const GENESIS: Readonly<Record<Network, string>> = {
  mainnet: '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
  testnet: '000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943',
  signet: '00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6',
  regtest: '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
};

const TIMEOUT_MS = 15_000;
/** Waits between rounds through all endpoints. */
const ROUNDS_MS = [0, 300, 1200];
/** How long an endpoint is asked last after a failure; doubled with each further one, up to the second number. */
const REST_MS = [30_000, 600_000] as const;
/** Requests under way at one endpoint. */
const AT_ONCE = 4;

interface Endpoint {
  url: string;
  checked: boolean;
  restUntil: number;
  /** In a row. */
  failures: number;
  busy: number;
  /** Requests that wait for their turn. */
  waiting: (() => void)[];
}

/** One endpoint's answer is no use: the next is asked. */
class Useless extends Error {
  readonly error: SkiffError;
  constructor(error: SkiffError) {
    super(error.code);
    this.error = error;
  }
}

/** What came back breaks the API or contradicts itself. */
export const misbehaved = (what: string, details: Record<string, string | number> = {}): SkiffError =>
  new SkiffError({
    code: 'CHAIN_MISBEHAVED',
    say: 'The chain server gave an answer that cannot be true. Skiff does not use it.',
    retry: 'later',
    details: { what, ...details },
  });

export const unreachable = (details: Record<string, string | number>, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'CHAIN_UNREACHABLE',
    say: 'No chain server can be reached. Skiff tries again by itself.',
    retry: 'later',
    details,
    cause,
  });

export const text = (answer: HttpAnswer): string => new TextDecoder().decode(answer.body).trim();

/** @throws SkiffError CHAIN_MISBEHAVED when the body is not JSON of this schema */
export function json<S extends v.GenericSchema>(
  answer: HttpAnswer,
  schema: S,
  what: string,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text(answer));
  } catch {
    throw misbehaved(what);
  }
  const result = v.safeParse(schema, value);
  if (!result.success) throw misbehaved(what, { at: v.getDotPath(result.issues[0]) ?? '' });
  return result.output;
}

export interface Ask {
  /**
   * Sends the request to one endpoint after another until `read` accepts an answer. `read` gets answers of any status
   * but 429 and 5xx; when it throws, the next endpoint is asked.
   * @throws SkiffError CHAIN_UNREACHABLE, CHAIN_MISBEHAVED, WRONG_NETWORK, or what `read` threw last
   */
  <T>(path: string, read: (answer: HttpAnswer) => T, init?: Pick<HttpRequest, 'method' | 'body'>): Promise<T>;
}

/** The asking function over these endpoints. */
export function endpoints(options: EndpointsOptions): Ask {
  const { fetch, network, now } = options;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const sleep = options.sleep ?? ((ms: number) => new Promise((r) => setTimeout(r, ms)));
  const all: Endpoint[] = options.urls.map((url) => ({
    url: url.trim().replace(/\/+$/, ''),
    checked: false,
    restUntil: 0,
    failures: 0,
    busy: 0,
    waiting: [],
  }));

  const send = async (endpoint: Endpoint, path: string, init?: Partial<HttpRequest>): Promise<HttpAnswer> => {
    let answer: HttpAnswer;
    await turn(endpoint);
    try {
      answer = await request(fetch, endpoint.url + path, { ...init, timeoutMs });
    } catch (e) {
      if (isSkiffError(e, 'HTTP_REFUSED')) throw new Useless(e);
      throw new Useless(unreachable({ url: endpoint.url, reason: reasonOf(e) }, e));
    } finally {
      const next = endpoint.waiting.shift();
      if (next) next();
      else endpoint.busy--;
    }
    if (answer.status === 429 || answer.status >= 500)
      throw new Useless(unreachable({ url: endpoint.url, status: answer.status }));
    return answer;
  };

  const check = async (endpoint: Endpoint): Promise<void> => {
    if (endpoint.checked) return;
    const answer = await send(endpoint, '/block-height/0');
    const found = text(answer);
    if (answer.status !== 200 || !/^[0-9a-f]{64}$/.test(found)) throw new Useless(misbehaved('genesis'));
    if (found !== GENESIS[network])
      throw new Useless(
        new SkiffError({
          code: 'WRONG_NETWORK',
          say: `This chain server is not on ${network}.`,
          details: { url: endpoint.url, found },
        }),
      );
    endpoint.checked = true;
  };

  return async (path, read, init) => {
    let last = unreachable({ reason: 'no chain server is set' });
    for (const wait of ROUNDS_MS) {
      if (all.length === 0) break;
      if (wait > 0) await sleep(wait);
      const rested = [...all].sort((a, b) => restLeft(a, now()) - restLeft(b, now()));
      for (const endpoint of rested) {
        try {
          await check(endpoint);
          const answer = await send(endpoint, path, init);
          const value = read(answer);
          endpoint.restUntil = 0;
          endpoint.failures = 0;
          return value;
        } catch (e) {
          const error = e instanceof Useless ? e.error : e;
          if (!isSkiffError(error)) throw error;
          last = error;
          if (last.code !== 'TX_REJECTED') rest(endpoint, now());
        }
      }
      if (last.retry === 'never' || last.code === 'TX_REJECTED') break;
    }
    throw last;
  };
}

function rest(endpoint: Endpoint, now: number): void {
  const [first, most] = REST_MS;
  if (endpoint.restUntil > now) return;
  endpoint.restUntil = now + Math.min(most, first * 2 ** endpoint.failures++);
}

/** Resolves when one more request may go out; whoever ends hands its place over or counts it back. */
async function turn(endpoint: Endpoint): Promise<void> {
  if (endpoint.busy < AT_ONCE) endpoint.busy++;
  else await new Promise<void>((resolve) => endpoint.waiting.push(resolve));
}

const restLeft = (endpoint: Endpoint, now: number): number => Math.max(0, endpoint.restUntil - now);
const reasonOf = (e: unknown): string => (isSkiffError(e) ? (e.details['reason'] ?? e.code) : 'network');
