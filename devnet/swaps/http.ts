// JSON over HTTP for the service: reads a body, finds the route, answers; whatever is wrong is `{error}`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isSkiffError } from '../../src/errors.ts';
import { SwapRefused } from './types.ts';

const MAX_BODY = 256 * 1024;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed body of a POST. */
  readonly body: Record<string, unknown>;
}

/** The answer, or undefined when the route is somebody else's. */
export type Route = (call: Call) => Promise<unknown> | undefined;

const refuse = (status: number, error: string) => new SwapRefused(status, error);

async function readBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY) throw refuse(413, 'the request is too large');
    parts.push(part);
  }
  if (length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw refuse(400, 'the request is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(400, 'the request is not an object');
  return value as Record<string, unknown>;
}

function answer(res: ServerResponse, status: number, value: unknown): void {
  if (res.destroyed) return;
  res.writeHead(status, {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    'access-control-allow-methods': '*',
  });
  res.end(JSON.stringify(value));
}

async function serve(routes: readonly Route[], req: IncomingMessage): Promise<unknown> {
  const url = new URL(req.url ?? '/', 'http://127.0.0.1');
  const method = req.method ?? 'GET';
  const body = method === 'POST' ? await readBody(req) : {};
  const call: Call = { method, path: url.pathname, query: url.searchParams, body };
  for (const route of routes) {
    const found = route(call);
    if (found) return found;
  }
  throw refuse(404, 'there is nothing here');
}

/** What may be lost on the way: told each request as `METHOD /path`; false: it is. */
export interface Wire {
  arrives(call: string): boolean;
  leaves(call: string): boolean;
}

/** A server over these routes, not yet listening. */
export function jsonServer(routes: readonly Route[], wire: Wire): Server {
  return createServer((req, res) => {
    if (req.method === 'OPTIONS') return answer(res, 204, undefined);
    const name = `${req.method} ${req.url}`;
    if (!wire.arrives(name)) return void res.destroy();
    serve(routes, req).then(
      (value) => (wire.leaves(name) ? answer(res, 200, value ?? {}) : void res.destroy()),
      (error: unknown) => {
        if (error instanceof SwapRefused) return answer(res, error.status, { error: error.message });
        if (isSkiffError(error)) return answer(res, 400, { error: error.say });
        answer(res, 500, { error: 'something went wrong in the service' });
      },
    );
  });
}

/** A field that must be a string of this form. @throws SwapRefused */
export function textField(body: Record<string, unknown>, name: string, form: RegExp): string {
  const value = body[name];
  if (typeof value !== 'string' || !form.test(value))
    throw refuse(400, `${name} is missing or not as it must be`);
  return value;
}

/** A field that must be a positive whole number of satoshi. @throws SwapRefused */
export function satsField(body: Record<string, unknown>, name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0)
    throw refuse(400, `${name} is missing or no amount`);
  return value;
}

export const HASH = /^[0-9a-f]{64}$/;
