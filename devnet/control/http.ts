// The HTTP side of the control API: JSON in, JSON out, bigint as text.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadCommand, type Command } from './api.ts';

const PREFIX = '/control/';
const MAX_BODY = 1 << 20;

async function readBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new BadCommand('body too large');
  }
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadCommand('body: not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadCommand('body: expected an object');
  return value as Record<string, unknown>;
}

function answer(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
  res.end(JSON.stringify(value ?? {}, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)));
}

/** A handler for requests under /control/; false when the request is not one of them. */
export const controlHandler =
  (commands: Record<string, Command>) =>
  (req: IncomingMessage, res: ServerResponse): boolean => {
    const { pathname } = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (!pathname.startsWith(PREFIX)) return false;
    if (req.method === 'OPTIONS') {
      res.writeHead(204, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': '*',
        'access-control-allow-methods': '*',
      });
      res.end();
      return true;
    }
    const command = commands[pathname.slice(PREFIX.length)];
    if (command === undefined) {
      answer(res, 404, { error: 'no such command', commands: Object.keys(commands) });
      return true;
    }
    readBody(req)
      .then((body) => command(body))
      .then((value) => answer(res, 200, value))
      .catch((e: unknown) =>
        answer(res, e instanceof BadCommand ? 400 : 500, {
          error: e instanceof Error ? e.message : 'failed',
        }),
      );
    return true;
  };
