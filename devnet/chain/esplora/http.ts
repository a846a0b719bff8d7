// The Esplora API over HTTP: `/…` and `/api/…`, open to every origin as public servers are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Rejected } from '../rejected.ts';
import type { DevChain } from '../types.ts';
import { answerGet, BadRequest, readPackage, type Answer } from './routes.ts';
import { packageJson } from './shapes.ts';

const MAX_BODY = 8_000_000;
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': '*',
};

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new BadRequest('body too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(res: ServerResponse, status: number, body: string | Uint8Array, type: string): void {
  res.writeHead(status, { ...CORS, 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function sendAnswer(res: ServerResponse, answer: Answer): void {
  if (answer === undefined) send(res, 404, 'Not found', 'text/plain');
  else if (typeof answer === 'string') send(res, 200, answer, 'text/plain');
  else if (answer instanceof Uint8Array) send(res, 200, answer, 'application/octet-stream');
  else send(res, 200, JSON.stringify(answer.json), 'application/json');
}

/** What Esplora says when its node refuses. */
const nodeSays = ({ code, reason }: Rejected): string =>
  `sendrawtransaction RPC error: ${JSON.stringify({ code, message: reason })}`;

async function handle(chain: DevChain, req: IncomingMessage, pathname: string): Promise<Answer> {
  if (req.method === 'GET' || req.method === 'HEAD') return answerGet(chain, pathname);
  if (req.method !== 'POST') return undefined;
  if (pathname === '/tx') return chain.submit(await readBody(req));
  if (pathname === '/txs/package')
    return { json: packageJson(chain.submitPackage(readPackage(await readBody(req)))) };
  return undefined;
}

/** A handler for node:http that answers every request as an Esplora on this chain. */
export function esplora(chain: DevChain): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    if (req.method === 'OPTIONS') return void res.writeHead(204, CORS).end();
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    handle(chain, req, pathname.replace(/^\/api(?=\/)/, '').replace(/(?<=.)\/$/, ''))
      .then((answer) => sendAnswer(res, answer))
      .catch((e: unknown) => {
        if (e instanceof Rejected) send(res, 400, nodeSays(e), 'text/plain');
        else if (e instanceof BadRequest) send(res, 400, e.message, 'text/plain');
        else send(res, 500, 'devnet failed', 'text/plain');
      });
  };
}
