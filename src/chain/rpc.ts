// JSON-RPC of Bitcoin Core: one call, its errors as they are (code and message), its answers unread.
import * as v from 'valibot';
import { isSkiffError } from '../errors.ts';
import { request } from '../http/fetch.ts';
import { misbehaved, unreachable } from './endpoints.ts';

export interface RpcOptions {
  url: string;
  /** For each request: a cookie file changes when the node restarts. */
  auth(): { user: string; password: string };
  fetch: typeof globalThis.fetch;
  timeoutMs?: number;
}

/** What the node said instead of an answer. */
export class RpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Scanning the whole set of unspent outputs takes a node minutes. */
const TIMEOUT_MS = 600_000;

const Answer = v.object({
  result: v.optional(v.unknown()),
  error: v.nullish(v.object({ code: v.number(), message: v.string() })),
});

export type Call = <S extends v.GenericSchema>(
  method: string,
  params: readonly unknown[],
  schema: S,
) => Promise<v.InferOutput<S>>;

/** @throws (the call) RpcError; SkiffError CHAIN_UNREACHABLE, CHAIN_MISBEHAVED when the answer is not of the schema */
export function rpcCall({ url, auth, fetch, timeoutMs = TIMEOUT_MS }: RpcOptions): Call {
  return async (method, params, schema) => {
    const { user, password } = auth();
    const where = { url, method };
    const answer = await request(fetch, url, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '1.0', id: 'skiff', method, params }),
      headers: { authorization: `Basic ${btoa(`${user}:${password}`)}`, 'content-type': 'application/json' },
      timeoutMs,
    }).catch((e: unknown) => {
      throw isSkiffError(e, 'HTTP_REFUSED') ? e : unreachable(where, e);
    });
    if (answer.status === 401 || answer.status === 403)
      throw unreachable({ ...where, reason: 'the node refused the user and password' });
    let body: unknown;
    try {
      body = JSON.parse(new TextDecoder().decode(answer.body));
    } catch {
      throw unreachable({ ...where, status: answer.status });
    }
    const read = v.safeParse(Answer, body);
    if (!read.success) throw misbehaved('rpc', { method });
    if (read.output.error) throw new RpcError(read.output.error.code, read.output.error.message);
    const result = v.safeParse(schema, read.output.result);
    if (!result.success) throw misbehaved(method, { at: v.getDotPath(result.issues[0]) ?? '' });
    return result.output;
  };
}
