// Asking a host that a stranger named: which hosts are asked at all, how often, and how long.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { isSkiffError, type SkiffError } from '../../../src/errors.ts';
import type { Network } from '../../../src/bitcoin/network.ts';
import { encodeBolt11, signWith } from '../../../src/lightning/bolt11-encode.ts';
import { parseLightningAddress } from '../../../src/lightning/lightning-address.ts';
import { classify } from '../../../src/lightning/payment-request.ts';
import { decodeLnurl } from '../../../src/lightning/lnurl.ts';
import { msats, sats } from '../../../src/units.ts';
import { defaultConfig, type Deps, type WalletPorts } from '../../../src/wallet/ports.ts';
import { resolve, termsOf } from '../../../src/wallet/resolve/index.ts';
import { webFor } from '../../../src/wallet/resolve/web.ts';

const NOW = 1_800_000_000;
type Host = (url: URL) => unknown;

const terms = (callback: string) => ({
  tag: 'payRequest',
  callback,
  minSendable: 1000,
  maxSendable: 1_000_000,
  metadata: '[["text/plain","tea"]]',
});
const invoice = (amount: string | null) => ({
  pr: encodeBolt11(
    {
      network: 'mainnet',
      amount: msats(BigInt(amount ?? 0)),
      timestamp: NOW,
      paymentHash: new Uint8Array(32).fill(3),
      paymentSecret: new Uint8Array(32).fill(4),
      description: 'tea',
    },
    signWith(nobleCurve, new Uint8Array(32).fill(9)),
  ),
});

/** An internet in which `host` answers everything. */
function setUp(host: Host, network: Network = 'mainnet') {
  const seen: string[] = [];
  vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
    seen.push(input);
    expect(init).toMatchObject({ redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer' });
    const answer = host(new URL(input));
    return answer instanceof Response ? answer : Response.json(answer);
  });
  const warnings: string[] = [];
  const ports = {
    curve: nobleCurve,
    web: webFor(network),
    now: () => NOW * 1000,
    log: { info: () => undefined, warn: (text: string) => warnings.push(text) },
  } as unknown as WalletPorts;
  const deps: Deps = { ports, config: defaultConfig(network) };
  const address = (text: string) =>
    resolve(deps, { kind: 'lightning-address', text, address: parseLightningAddress(text)! }, sats(21));
  const lnurl = (text: string) => resolve(deps, { kind: 'lnurl', text, lnurl: decodeLnurl(text) }, sats(21));
  const ask = (text: string) => termsOf(deps, classify(nobleCurve, text, { network, now: NOW }));
  return { seen, warnings, address, lnurl, ask };
}

const shop: Host = ({ pathname, searchParams }) =>
  pathname === '/cb' ? invoice(searchParams.get('amount')) : terms('https://cb.pay.example.com/cb');

const error = (work: Promise<unknown>): Promise<SkiffError> =>
  work.then(
    () => Promise.reject(new Error('it was resolved')),
    (e: unknown) => (isSkiffError(e) ? e : Promise.reject(e as Error)),
  );

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('a Lightning address takes two questions to its host', async () => {
  const { seen, address, warnings } = setUp(shop);
  const bill = await address('ben@pay.example.com');
  expect(seen).toEqual([
    'https://pay.example.com/.well-known/lnurlp/ben',
    'https://cb.pay.example.com/cb?amount=21000',
  ]);
  expect(bill).toMatchObject({ timestamp: NOW, expirySeconds: 3600n, notes: { description: 'tea' } });
  expect(warnings).toHaveLength(1); // the invoice does not commit to the metadata
});

describe('a private host is never asked', () => {
  test.each([
    'lnurlp://192.168.1.1/pay',
    'lnurlp://localhost/pay',
    'lnurlp://[::1]/pay',
    'lnurlp://router.lan/pay',
  ])('by %s', async (text) => {
    const { seen, lnurl } = setUp(shop);
    expect((await error(lnurl(text))).code).toBe('HTTP_REFUSED');
    expect(seen).toEqual([]);
  });

  test.each([
    'https://10.0.0.1/cb',
    'http://pay.example.com/cb',
    'https://user:pass@pay.example.com/cb',
    'ftp://x.com/',
  ])('by a callback to %s', async (callback) => {
    const { seen, lnurl } = setUp(() => terms(callback));
    expect((await error(lnurl('lnurlp://pay.example.com/pay'))).code).toBe('HTTP_REFUSED');
    expect(seen).toHaveLength(1);
  });

  test('but on regtest, without a certificate', async () => {
    const { seen, lnurl } = setUp(() => ({ status: 'ERROR', reason: 'enough' }), 'regtest');
    await error(lnurl('lnurlp://localhost:3002/lnurlp/alice'));
    expect(seen).toEqual(['http://localhost:3002/lnurlp/alice']);
  });
});

test('a host that does not answer is given up after a while', async () => {
  const { lnurl } = setUp(() => undefined);
  vi.stubGlobal('fetch', async (_url: string, { signal }: RequestInit) => signal!.throwIfAborted());
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    expect(ms).toBe(15_000);
    return AbortSignal.abort(new DOMException('late', 'TimeoutError'));
  });
  const { code, retry, details } = await error(lnurl('lnurlp://pay.example.com/pay'));
  vi.restoreAllMocks();
  expect({ code, retry, details }).toMatchObject({ code: 'RECIPIENT_UNREACHABLE', retry: 'later' });
});

test('an answer larger than any honest one is not read to its end', async () => {
  const { lnurl } = setUp(() => new Response('x'.repeat(600_000)));
  expect((await error(lnurl('lnurlp://pay.example.com/pay'))).details['reason']).toBe('too-large');
});

describe('asking a service what it takes', () => {
  test('is one question, answered in whole satoshi that are surely taken', async () => {
    const odd = {
      ...terms('https://tea.org/pay'),
      minSendable: 1500,
      maxSendable: 9999,
      commentAllowed: 40,
    };
    const { ask, seen } = setUp(() => odd);
    expect(await ask('alice@tea.org')).toEqual({
      host: 'tea.org',
      description: 'tea',
      min: 2n,
      max: 9n,
      commentAllowed: 40,
    });
    expect(seen).toEqual(['https://tea.org/.well-known/lnurlp/alice']);
  });

  test('is refused for what has nobody to be asked', async () => {
    const { ask, seen } = setUp(() => ({}));
    await expect(ask(invoice('1000').pr)).rejects.toThrow('UNSUPPORTED');
    expect(seen).toEqual([]);
  });
});
