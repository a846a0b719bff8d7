// `debug-info`: what helps to find out what went wrong. No secret: the account key shows all coins, but spends none.
import { sha256 } from '@noble/hashes/sha2.js';
import { createBase58check } from '@scure/base';

import { toHex } from '../../src/crypto/bytes.ts';
import type { Command } from '../command.ts';
import { networkName } from '../views.ts';

export const debugInfo: Command = {
  path: ['debug-info'],
  about: 'Print wallet information that helps to debug issues',
  async run({ deps, network }, { output }) {
    const keys = deps.ports.keys.unlocked();
    const { secret, xpub } = keys.vtxoAccount(network !== 'mainnet');
    secret.fill(0);
    output.json({
      network: networkName(network),
      mailbox_id: toHex(keys.mailbox().publicKey),
      vtxo_xpub: createBase58check(sha256).encode(xpub),
    });
  },
};
