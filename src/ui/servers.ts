// Where a new wallet connects unless told otherwise. All of it can be changed under "Advanced".
import type { Connection } from '../messaging/map.ts';
import type { NetworkName } from '../messaging/views.ts';

export const SERVERS: Record<NetworkName, Connection> = {
  mainnet: {
    network: 'mainnet',
    arkUrl: 'https://ark.second.tech',
    // The first is the Ark server's operator's own, the second somebody else's: they must agree.
    esploraUrls: ['https://mempool.second.tech/api', 'https://blockstream.info/api'],
  },
  signet: {
    network: 'signet',
    arkUrl: 'https://ark.signet.2nd.dev',
    esploraUrls: ['https://esplora.signet.2nd.dev'],
  },
  regtest: {
    network: 'regtest',
    arkUrl: 'http://127.0.0.1:3535',
    esploraUrls: ['http://127.0.0.1:3002'],
  },
};

export const NETWORKS: readonly NetworkName[] = ['mainnet', 'signet', 'regtest'];
