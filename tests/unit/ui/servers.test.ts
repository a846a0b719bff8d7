import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { esploraChain } from '../../../src/chain/esplora.ts';
import { connection } from '../../../src/messaging/map.ts';
import { NETWORKS, SERVERS } from '../../../src/ui/servers.ts';

describe('the servers that are filled in', () => {
  it.each(NETWORKS)('of %s pass what the background demands of a connection', (network) => {
    const { esploraUrls: urls } = v.parse(connection, SERVERS[network]);
    expect(() => esploraChain({ urls, network, fetch, now: () => 0 })).not.toThrow();
  });

  it('may not be missing, nor more than the two that are compared', () => {
    const of = (...esploraUrls: string[]) => v.is(connection, { ...SERVERS.mainnet, esploraUrls });
    const url = 'https://one.example/api';
    expect([of(), of(url), of(url, url), of(url, url, url), of(''), of(url, '')]).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
