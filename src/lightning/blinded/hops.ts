// Route blinding (BOLT 4, "Route Blinding"): building a path over real node keys, and what a node on it does.
// A path's author can compute every key again from the session key, so nothing but that needs keeping.
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import { open, openOwn, seal, sealOwn } from '../onion/cipher.ts';
import { keyOf, nextPoint, nextSecret, sharedSecret } from '../onion/keys.ts';
import type { BlindedPath, Introduction } from './path.ts';

export interface HopPlan {
  /** Real node key, 33 bytes. */
  nodeId: Bytes;
  /** Plaintext for the hop (recipient-data.ts). */
  plaintext: Bytes;
  /** Of the author, 32 bytes: for hops to itself, so that it knows its own words again. */
  authKey?: Bytes;
}

export interface BuiltPath {
  path: BlindedPath;
  /** E_0 … E_n: path key that each hop will be given. */
  pathKeys: Bytes[];
}

/**
 * Builds a blinded path over `plan`. `sessionKey`: fresh 32-byte secret, never used for another path.
 * `introduction` names the first node otherwise than by its key. @throws SkiffError INVALID_ARGUMENT for an empty plan.
 */
export function buildBlindedPath(
  curve: Curve,
  sessionKey: Bytes,
  plan: readonly HopPlan[],
  introduction?: Introduction,
): BuiltPath {
  const [first] = plan;
  if (first === undefined || plan.length > 255) {
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A blinded path has 1 to 255 hops.' });
  }
  const pathKeys: Bytes[] = [];
  let secret = sessionKey;
  const hops = plan.map(({ nodeId, plaintext, authKey }) => {
    const pathKey = curve.publicKey(secret);
    pathKeys.push(pathKey);
    const shared = sharedSecret(curve, secret, nodeId);
    secret = nextSecret(curve, secret, pathKey, shared);
    const rho = keyOf('rho', shared);
    return {
      nodeId: curve.sharedPoint(keyOf('blinded_node_id', shared), nodeId),
      data: authKey === undefined ? seal(rho, plaintext) : sealOwn(rho, plaintext, authKey),
    };
  });
  const pathKey = pathKeys[0] as Bytes;
  return { path: { introduction: introduction ?? { nodeId: first.nodeId }, pathKey, hops }, pathKeys };
}

export interface UnwrappedHop {
  plaintext: Bytes;
  /** Written under `authKey`, that is by this node itself. */
  own: boolean;
  sharedSecret: Bytes;
  /** Path key for the next hop, unless the plaintext names another one. */
  nextPathKey: Bytes;
}

/**
 * Reads what a path's author left for the node with `nodeSecret`.
 * @throws SkiffError INVALID_ONION when it is not for this node or was tampered with.
 */
export function unwrapHop(
  curve: Curve,
  nodeSecret: Bytes,
  pathKey: Bytes,
  data: Bytes,
  authKey?: Bytes,
): UnwrappedHop {
  const shared = sharedSecret(curve, nodeSecret, pathKey);
  const rho = keyOf('rho', shared);
  const mine = authKey === undefined ? undefined : openOwn(rho, data, authKey);
  const plaintext = mine ?? open(rho, data);
  if (plaintext === undefined) throw notForUs('recipient data');
  return {
    plaintext,
    own: mine !== undefined,
    sharedSecret: shared,
    nextPathKey: nextPoint(curve, pathKey, shared),
  };
}

/** Secret of this node's blinded id under a path key: what onions to the path are encrypted to. */
export const blindedSecret = (curve: Curve, nodeSecret: Bytes, shared: Bytes): Bytes =>
  curve.multiplySecrets(nodeSecret, keyOf('blinded_node_id', shared));

/** INVALID_ONION: damaged, forged, or for somebody else. */
export const notForUs = (what: string): SkiffError =>
  new SkiffError({
    code: 'INVALID_ONION',
    say: 'A Lightning message is damaged or not for this wallet.',
    details: { what },
  });
