// Signing texts for sites. Each site has a key of its own that signs nothing else and can spend nothing, so a signature is
// worth no money, and two sites cannot tell by it that they know the same person.

import { equalBytes, toHex } from '../crypto/bytes.ts';
import { signerOf, signText } from '../lightning/signed-message.ts';
import type { SiteRef } from '../store/rows.ts';
import { siteId } from '../store/sites.ts';
import type { Deps } from './ports.ts';

export interface Messages {
  /** Signs `text` with the key of `site`, as Lightning nodes sign. @throws SkiffError LOCKED, INVALID_ARGUMENT */
  signMessage(site: SiteRef, text: string): { signature: string; pubkey: string };
  /**
   * The key (hex) of `site`, when it has signed this very `text`; undefined for anything else, since a signature by a key
   * that nobody vouches for says nothing. @throws SkiffError LOCKED, INVALID_ARGUMENT
   */
  verifyMessage(site: SiteRef, text: string, signature: string): string | undefined;
}

export function createMessages({ ports }: Deps): Messages {
  const key = (site: SiteRef) => ports.keys.unlocked().messageKey(siteId(site));
  return {
    signMessage(site, text) {
      const { secret, publicKey } = key(site);
      try {
        return { signature: signText(ports.curve, text, secret), pubkey: toHex(publicKey) };
      } finally {
        secret.fill(0);
      }
    },
    verifyMessage(site, text, signature) {
      const { secret, publicKey } = key(site);
      secret.fill(0);
      const signer = signerOf(ports.curve, text, signature);
      return signer && equalBytes(signer, publicKey) ? toHex(publicKey) : undefined;
    },
  };
}
