import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { checkUrl, isPrivateHost } from '../../../src/http/address.ts';
import { guardedFetch, request } from '../../../src/http/fetch.ts';

let server: Server | undefined;
async function listen(handler: RequestListener): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((r) => server!.listen(0, '127.0.0.1', r));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});
const regtest = guardedFetch({ privateAllowed: true, maxBytes: 1000 });
const get = (url: string, timeoutMs = 5000) => request(regtest, url, { timeoutMs });

describe('which addresses may be called', () => {
  test.each([
    'localhost',
    'router',
    'a.localhost',
    'nas.local',
    'x.home.arpa',
    '10.1.2.3',
    '127.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fd00::1]',
    '[::ffff:a00:1]',
    '[64:ff9b::a00:1]',
    '[ff02::1]',
  ])('%s is private', (host) => expect(isPrivateHost(host)).toBe(true));

  test.each([
    'ark.second.tech',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[::ffff:808:808]',
  ])('%s is public', (host) => expect(isPrivateHost(host)).toBe(false));

  test('disguised numbers are seen through, because the URL parser normalises them', () => {
    for (const text of [
      'https://0x7f.1/',
      'https://2130706433/',
      'https://127.1/',
      'https://[::ffff:127.0.0.1]/',
    ])
      expect(() => checkUrl(text, false)).toThrow(/HTTP_REFUSED/);
  });

  test('plain http, other schemes, credentials and onion addresses are refused', () => {
    for (const text of [
      'http://a.com',
      'ftp://a.com',
      'https://u:p@a.com',
      'https://x.onion',
      'no url',
      'javascript:1',
    ])
      expect(() => checkUrl(text, false)).toThrow(/HTTP_REFUSED/);
    expect(checkUrl('https://a.com/x', false).href).toBe('https://a.com/x');
    expect(checkUrl('http://127.0.0.1:3535', true).port).toBe('3535');
  });
});

describe('the guarded fetch', () => {
  test('nothing is sent to a refused address', async () => {
    let asked = 0;
    const url = await listen((_q, r) => {
      asked++;
      r.end();
    });
    const mainnet = guardedFetch({ privateAllowed: false, maxBytes: 1000 });
    await expect(request(mainnet, url, { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'HTTP_REFUSED' });
    expect(asked).toBe(0);
  });

  test('an answer comes back whole, whatever its status', async () => {
    const url = await listen((_q, r) => r.writeHead(404).end('nope'));
    const answer = await get(url);
    expect([answer.status, new TextDecoder().decode(answer.body)]).toEqual([404, 'nope']);
  });

  test('an answer over the limit is cut off, announced or not', async () => {
    const url = await listen((q, r) => {
      if (q.url === '/announced') r.setHeader('content-length', 2000);
      r.write('x'.repeat(900));
      r.end('x'.repeat(1100));
    });
    for (const path of ['announced', 'chunked'])
      await expect(get(url + path)).rejects.toMatchObject({
        code: 'HTTP_FAILED',
        details: { reason: 'too-large' },
      });
  });

  test('a server that never answers is given up', async () => {
    const url = await listen(() => undefined);
    await expect(get(url, 50)).rejects.toMatchObject({ code: 'HTTP_FAILED', details: { reason: 'timeout' } });
  });

  test('a body that never ends is given up', async () => {
    const url = await listen((_q, r) => void r.write('x'));
    await expect(get(url, 50)).rejects.toMatchObject({ code: 'HTTP_FAILED', details: { reason: 'timeout' } });
  });

  test('redirects are not followed', async () => {
    const url = await listen((q, r) =>
      q.url === '/' ? r.writeHead(302, { location: '/b' }).end() : r.end('b'),
    );
    await expect(get(url)).rejects.toMatchObject({ code: 'HTTP_FAILED' });
  });

  test('nobody there', async () => {
    const url = await listen(() => undefined);
    server?.close();
    await expect(get(url)).rejects.toMatchObject({ code: 'HTTP_FAILED', details: { reason: 'network' } });
  });
});
