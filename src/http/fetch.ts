// The one way out: a fetch that refuses private addresses, sends no cookies or referrer, follows no redirect, stops
// reading at a size limit, and gives up after a time.
import { SkiffError, isSkiffError } from '../errors.ts';
import { checkUrl } from './address.ts';

export interface HttpPolicy {
  /** Private addresses and plain http: regtest only. */
  privateAllowed: boolean;
  /** Most bytes of one answer. */
  maxBytes: number;
  /** The platform's fetch (tests pass their own). */
  fetch?: typeof globalThis.fetch;
}

/** Reasons in `details.reason` of HTTP_FAILED. */
type HttpFailure = 'network' | 'timeout' | 'too-large' | 'aborted';

const failed = (reason: HttpFailure, host: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'HTTP_FAILED',
    say:
      reason === 'too-large'
        ? `${host} sent more data than it should.`
        : reason === 'timeout'
          ? `${host} did not answer in time.`
          : `${host} cannot be reached.`,
    retry: reason === 'too-large' ? 'never' : 'later',
    details: { reason, host },
    cause,
  });

function capped(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  host: string,
): ReadableStream<Uint8Array> {
  let seen = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        seen += chunk.length;
        if (seen > maxBytes) out.error(failed('too-large', host));
        else out.enqueue(chunk);
      },
    }),
  );
}

/**
 * A `fetch` under the policy, with the usual signature; its answer's body errors with HTTP_FAILED when it is too large.
 * @throws SkiffError HTTP_REFUSED before anything is sent, HTTP_FAILED
 */
export function guardedFetch(policy: HttpPolicy): typeof globalThis.fetch {
  return async (input, init) => {
    const text = input instanceof Request ? input.url : String(input);
    const { host } = checkUrl(text, policy.privateAllowed);
    const send = policy.fetch ?? globalThis.fetch.bind(globalThis);
    let answer: Response;
    try {
      answer = await send(input, {
        ...init,
        redirect: 'error',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
      });
    } catch (e) {
      if (init?.signal?.aborted) throw e; // the caller knows why
      throw failed('network', host, e);
    }
    if (Number(answer.headers.get('content-length') ?? 0) > policy.maxBytes) {
      await answer.body?.cancel();
      throw failed('too-large', host);
    }
    if (!answer.body) return answer;
    const { status, statusText, headers } = answer;
    return new Response(capped(answer.body, policy.maxBytes, host), { status, statusText, headers });
  };
}

export interface HttpRequest {
  method?: 'GET' | 'POST';
  body?: string;
  headers?: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  body: Uint8Array<ArrayBuffer>;
}

/**
 * One request, read to its end within `timeoutMs`. Any HTTP status is an answer.
 * @throws SkiffError HTTP_REFUSED, HTTP_FAILED (details.reason: see {@link HttpFailure})
 */
export async function request(
  fetch: typeof globalThis.fetch,
  url: string,
  { timeoutMs, signal, ...init }: HttpRequest,
): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const host = URL.canParse(url) ? new URL(url).host : '';
  try {
    const answer = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  } catch (e) {
    if (isSkiffError(e)) throw e;
    if (signal?.aborted) throw failed('aborted', host, e);
    throw failed(limit.aborted ? 'timeout' : 'network', host, e);
  }
}
