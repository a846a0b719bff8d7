// gRPC-web to the Ark server: the same transport in the extension and in Node (both have fetch). Requests carry the
// negotiated version and who we are; a browser cannot set `user-agent`, hence the x- variant.
import { ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { SkiffError } from '../errors.ts';

/** `name/version`, name of 1–32 characters [a-z0-9_-]: the server refuses every call with a malformed one. */
export const USER_AGENT = 'skiff/0.1.0';

/** Largest answer: what bark itself accepts. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Builds a transport around the interceptors of a connection. */
export type MakeTransport = (interceptors: Interceptor[]) => Transport;

/**
 * What a person typed as the server's address → origin without a trailing slash; https unless another scheme is given.
 * @throws SkiffError INVALID_ARGUMENT
 */
export function normalizeServerUrl(text: string): string {
  const trimmed = text.trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const bad = (): never => {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'This is not the address of a server. It looks like https://ark.example.com.',
    });
  };
  if (!URL.canParse(full)) return bad();
  const url = new URL(full);
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash)
    return bad();
  return url.href.replace(/\/+$/, '');
}

/** The real transport. `fetch` is a guarded one (src/http) with {@link MAX_ANSWER_BYTES}. */
export const webTransport =
  (serverUrl: string, fetch: typeof globalThis.fetch): MakeTransport =>
  (interceptors) =>
    createGrpcWebTransport({
      baseUrl: normalizeServerUrl(serverUrl),
      useBinaryFormat: true,
      interceptors,
      fetch,
    });

/** Writes the metadata of every request. The version is absent until it has been negotiated. */
export const metadata =
  (pver: () => number | undefined, userAgent: string): Interceptor =>
  (next) =>
  (req) => {
    const version = pver();
    req.header.set('x-user-agent', userAgent);
    if (version !== undefined) req.header.set('pver', String(version));
    return next(req);
  };

/**
 * Tells what the server's clock showed (HTTP `Date`, whole seconds) as soon as an answer is there, also one that refuses:
 * after a laptop has slept, the first refusal is what tells the time.
 */
export const clockWatch =
  (seen: (serverMs: number) => void): Interceptor =>
  (next) =>
  async (req) => {
    const look = (header: Headers): void => {
      const date = Date.parse(header.get('date') ?? '');
      if (!Number.isNaN(date)) seen(date);
    };
    try {
      const answer = await next(req);
      look(answer.header);
      return answer;
    } catch (e) {
      if (e instanceof ConnectError) look(e.metadata);
      throw e;
    }
  };
