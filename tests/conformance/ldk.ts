// Real LDK as static-invoice server and payer, Skiff as the recipient: in Node over TCP, in Chromium over a WebSocket and the
// bridge. The same story is told in both.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { startBridge } from '../../devnet/lightning/bridge.ts';
import { BROWSER_FLAGS, lookForChromium } from '../../scripts/chromium.ts';
import { equalBytes, fromHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { SkiffError } from '../../src/errors.ts';
import type { OpenStream } from '../../src/http/stream.ts';
import { decodeBolt12Invoice } from '../../src/lightning/bolt12/invoice.ts';
import { decodeOffer } from '../../src/lightning/bolt12/offer.ts';
import { decodeStaticInvoice } from '../../src/lightning/bolt12/static-invoice.ts';
import { startLdk, type LdkPeer } from './ldk-peer.ts';
import { walletAtLdk } from './ldk-wallet.ts';
import type { RecipientPage } from './recipient-page.ts';
import { createRecipient, type Recipient } from './recipient.ts';
import { ldkBinary, Unavailable } from './tools.ts';

declare global {
  interface Window {
    recipient: RecipientPage;
  }
}

const overTcp =
  (port: number): OpenStream =>
  ({ data, closed }) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () =>
        resolve({ send: (bytes) => void socket.write(bytes), close: () => void socket.destroy() }),
      );
      socket.on('data', (bytes) => data(Uint8Array.from(bytes)));
      socket.on('close', closed);
      socket.on('error', () =>
        reject(new SkiffError({ code: 'RECIPIENT_UNREACHABLE', say: 'Nobody answers.' })),
      );
    });

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never: ${what}`);
};
const same = (what: string, actual: unknown, expected: unknown): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};
const freshId = () => randomBytes(32).toString('hex');

interface Stage {
  ldk: LdkPeer;
  skiff: Recipient;
}

const all = async (skiff: Recipient, is: string) => (await skiff.statuses()).every((status) => status === is);

/** Every slot gets an offer whose invoice LDK has verified and keeps. */
async function setUp({ ldk, skiff }: Stage): Promise<void> {
  ldk.say('paths 0badcafe');
  const { paths } = await ldk.next('paths');
  await skiff.connect();
  await skiff.setPaths(paths as string[]);
  for (let slot = 0; slot < 10; slot++) {
    await ldk.next('kept', (e) => e['slot'] === slot);
    await until(`slot ${slot} ready`, async () => (await skiff.statuses())[slot] === 'ready');
    await skiff.tick();
  }
  if (!(await all(skiff, 'ready'))) throw new Error('not every slot is ready');
}

/** Awake: the payer gets an invoice of now, which LDK takes for the answer to its request. */
async function askedAwake({ ldk, skiff }: Stage): Promise<string> {
  const offer = (await skiff.take()) ?? '';
  const id = freshId();
  ldk.say(`pay ${offer} 123456 ${id}`);
  const { invoice } = await ldk.next('invoice', (e) => e['payment_id'] === id);
  const read = decodeBolt12Invoice(curve, fromHex(String(invoice)));
  same('the amount', String(read.amount), '123456');
  if (!equalBytes(read.offerId ?? new Uint8Array(), decodeOffer(curve, offer).id))
    throw new Error('another offer');
  return offer;
}

/** Asleep: the payer gets the static invoice, asks for release, and is released when the recipient wakes up. */
async function askedAsleep({ ldk, skiff }: Stage, offer: string): Promise<void> {
  await skiff.disconnect();
  const node = await skiff.nodeId();
  await until('LDK sees it gone', async () => {
    ldk.say('peers');
    return !((await ldk.next('peers'))['peers'] as string[]).includes(node);
  });
  const id = freshId();
  ldk.say(`pay ${offer} 5000 ${id}`);
  const { invoice } = await ldk.next('static-invoice', (e) => e['payment_id'] === id);
  decodeStaticInvoice(curve, fromHex(String(invoice)));
  // The request that was passed on, and held_htlc_available.
  for (let i = 0; i < 2; i++) await ldk.next('stored', (e) => e['for'] === node);
  await skiff.restart();
  await skiff.connect();
  await ldk.next('released', (e) => e['payment_id'] === id);
  same('what was wanted', (await skiff.wanted()).toSorted(), ['invoice', 'release']);
}

/** Two hours later: what was given out is renewed, what was not is replaced; the offers given out stay. */
async function rotated({ ldk, skiff }: Stage, offer: string): Promise<void> {
  const taken = (await skiff.statuses()).indexOf('used');
  ldk.forget();
  await skiff.advance(7201);
  await skiff.tick();
  const renewed = await ldk.next('kept', (e) => e['slot'] === taken);
  const invoice = decodeStaticInvoice(curve, fromHex(String(renewed['invoice'])));
  if (!equalBytes(invoice.offerId, decodeOffer(curve, offer).id))
    throw new Error('another offer in its slot');
  const replaced = await ldk.next('kept', (e) => e['slot'] !== taken);
  await until(
    'the new offer is ready',
    async () => (await skiff.statuses())[Number(replaced['slot'])] === 'ready',
  );
}

/** A life that ends in the middle of each exchange: the next one comes to the same end. */
async function restarted({ ldk, skiff }: Stage): Promise<void> {
  ldk.say('paths 00ddba11');
  const { paths } = await ldk.next('paths');
  await skiff.connect();
  await skiff.setPaths(paths as string[]);
  // The request for paths is out, the answer has not been read.
  await skiff.restart();
  await ldk.next('offer-paths-request');
  await skiff.connect();
  // Whatever answer comes first fills the slot; its invoice is out, the word that it is kept may be lost.
  await ldk.next('kept');
  await skiff.restart();
  await skiff.connect();
  await until('the first slot is ready', async () => {
    await skiff.tick();
    return (await skiff.statuses())[0] === 'ready';
  });
  const offer = (await skiff.take()) ?? '';
  await skiff.restart();
  const id = freshId();
  await skiff.connect();
  ldk.say(`pay ${offer} 777 ${id}`);
  await ldk.next('invoice', (e) => e['payment_id'] === id);
}

async function story(stage: Stage, another: () => Promise<Recipient>): Promise<void> {
  await setUp(stage);
  const offer = await askedAwake(stage);
  await askedAsleep(stage, offer);
  await rotated(stage, offer);
  await stage.skiff.disconnect();
  const second = { ...stage, skiff: await another() };
  await restarted(second);
  await second.skiff.disconnect();
}

async function inNode(): Promise<void> {
  const ldk = await startLdk(await ldkBinary());
  try {
    const fresh = async () => createRecipient(ldk.server, overTcp(ldk.port));
    await story({ ldk, skiff: await fresh() }, fresh);
  } finally {
    ldk.stop();
  }
}

async function page(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: 'tests/conformance/recipient-page.ts', formats: ['es'], fileName: 'page' },
    },
  })) as Rolldown.RolldownOutput[];
  const code = built[0]?.output[0].code;
  if (code === undefined) throw new Error('the page was not built');
  return code;
}

async function inChromium(): Promise<void> {
  const executablePath = lookForChromium();
  if (!executablePath) throw new Unavailable('no Chromium');
  const ldk = await startLdk(await ldkBinary());
  const bridge = await startBridge(ldk.port);
  const code = await page();
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath, headless: true, args: BROWSER_FLAGS });
  try {
    const fresh = async (): Promise<Recipient> => {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.evaluate(([gateway, url]) => window.recipient.start(gateway, url), [
        ldk.server,
        bridge.url,
      ] as const);
      const call = (name: string, ...args: unknown[]) =>
        tab.evaluate(([method, given]) => window.recipient.call(method, given), [name, args] as const);
      return new Proxy({} as Recipient, {
        get: (_, name) => (name === 'then' ? undefined : (...args: unknown[]) => call(String(name), ...args)),
      });
    };
    await story({ ldk, skiff: await fresh() }, fresh);
  } finally {
    await browser.close();
    server.close();
    await bridge.stop();
    ldk.stop();
  }
}

/** Every proof with its name. */
export const ldkProofs: [string, () => Promise<void>][] = [
  [
    'LDK keeps, serves and rotates Skiff’s static invoices, awake, asleep and through restarts (Node, TCP)',
    inNode,
  ],
  ['the same in Chromium, over a WebSocket and the bridge', inChromium],
  [
    'LDK, chosen by node id and WebSocket, serves the wallet itself: what is asked awake is paid, asleep released',
    walletAtLdk,
  ],
];
