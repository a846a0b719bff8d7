// The shop's server: the page, its bundled script, and invoices from a Lightning node of the devnet.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'vite';

export interface Shop {
  url: string;
  stop(): Promise<void>;
}

export interface ShopOptions {
  /** Base of the devnet's control API. */
  controlUrl: string;
  /** 0 or left out: a free port. */
  port?: number;
}

interface Invoice {
  bolt11: string;
  paymentHash: string;
}

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: { input: new URL('shop.ts', import.meta.url).pathname, output: { format: 'es' } },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error('the shop could not be bundled');
  return output.output[0].code;
}

async function invoice(controlUrl: string, amountSat: number): Promise<Invoice> {
  const answer = await fetch(`${controlUrl}/invoice`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amountSat, memo: 'Harbour Coffee, 1 kg' }),
  });
  if (!answer.ok) throw new Error(`the devnet made no invoice: ${await answer.text()}`);
  return (await answer.json()) as Invoice;
}

/** Serves the shop on 127.0.0.1 and resolves when it listens. */
export async function serveShop({ controlUrl, port = 0 }: ShopOptions): Promise<Shop> {
  const script = await bundle();
  const page = readFileSync(new URL('index.html', import.meta.url));
  const server = createServer(async (req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://shop');
    const send = (type: string, body: string | Buffer, status = 200): void =>
      void res.writeHead(status, { 'content-type': type }).end(body);
    try {
      if (pathname === '/order' && req.method === 'POST') {
        let body = '';
        for await (const chunk of req) body += String(chunk);
        const { amount } = JSON.parse(body) as { amount: number };
        const { bolt11, paymentHash } = await invoice(controlUrl, amount);
        send('application/json', JSON.stringify({ paymentRequest: bolt11, paymentHash }));
      } else if (pathname === '/shop.js') send('text/javascript', script);
      else if (pathname === '/') send('text/html; charset=utf-8', page);
      else send('text/plain', 'not found', 404);
    } catch (e) {
      send('text/plain', String(e), 500);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
