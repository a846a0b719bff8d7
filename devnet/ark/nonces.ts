// Every public nonce that ever reached the server. A MuSig2 nonce seen twice means that a key may have leaked
// (design rule 2), so a repeat is kept as evidence for tests instead of being refused as a real server would not notice.
import { toHex } from '../../src/crypto/bytes.ts';

interface NonceRepeat {
  readonly nonce: string;
  /** RPC names, in order of appearance. */
  readonly seen: readonly string[];
}

export interface NonceLog {
  add(method: string, nonces: readonly Uint8Array[]): void;
  readonly count: number;
  readonly repeats: readonly NonceRepeat[];
}

export function createNonceLog(): NonceLog {
  const seen = new Map<string, string[]>();
  return {
    add(method, nonces) {
      for (const nonce of nonces) {
        const key = toHex(nonce);
        const where = seen.get(key);
        if (where) where.push(method);
        else seen.set(key, [method]);
      }
    },
    get count() {
      return seen.size;
    },
    get repeats() {
      return [...seen]
        .filter(([, where]) => where.length > 1)
        .map(([nonce, where]) => ({ nonce, seen: where }));
    },
  };
}
