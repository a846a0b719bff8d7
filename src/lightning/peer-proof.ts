// The proof with which a wallet's node shows an Ark server that it is itself (docs/server-extensions.md, onion-mailbox).
import type { Bytes, Curve } from '../crypto/curve.ts';
import { taggedHash } from '../crypto/hash.ts';

interface Registration {
  /** 33-byte key of the Ark server. */
  serverPubkey: Bytes;
  /** 33 bytes. */
  nodeId: Bytes;
  /** 33 bytes: where what comes for the node goes. */
  mailboxId: Bytes;
}

const digest = ({ serverPubkey, nodeId, mailboxId }: Registration): Bytes =>
  taggedHash('ark lightning peer', serverPubkey, nodeId, mailboxId);

/** BIP 340 signature by the node's key. @param aux 32 fresh bytes */
export const provePeer = (curve: Curve, registration: Registration, secret: Bytes, aux: Bytes): Bytes =>
  curve.schnorrSign(digest(registration), secret, aux);

/** Is it the node's own word? */
export const verifyPeer = (curve: Curve, registration: Registration, proof: Bytes): boolean =>
  proof.length === 64 && curve.schnorrVerify(proof, digest(registration), registration.nodeId.slice(1));
