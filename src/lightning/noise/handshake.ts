// BOLT 8 handshake, Noise_XK_secp256k1_ChaChaPoly_SHA256: three acts after which both ends know each other's key and
// share fresh transport keys. No sockets here: acts in, acts out. Each side's object lives for one connection.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes, Curve } from '../../crypto/curve.ts';
import { sha256 } from '../../crypto/hash.ts';
import { sharedSecret } from '../onion/keys.ts';
import { decrypt, deriveTwo, encrypt, peerError, TAG } from './cipher.ts';
import type { TransportKeys } from './transport.ts';

export const ACT_ONE = 50;
export const ACT_TWO = 50;
export const ACT_THREE = 66;

const PROTOCOL = 'Noise_XK_secp256k1_ChaChaPoly_SHA256';
const PROLOGUE = 'lightning';
const VERSION = 0;
const NOTHING = new Uint8Array();
const ascii = (text: string): Bytes => new TextEncoder().encode(text);

/** Hash of everything said, and the key that each shared secret is mixed into. */
interface State {
  hash: Bytes;
  chain: Bytes;
  key: Bytes;
}

function begin(responderKey: Bytes): State {
  const chain = sha256(ascii(PROTOCOL));
  const hash = sha256(sha256(chain, ascii(PROLOGUE)), responderKey);
  return { hash, chain, key: new Uint8Array(32) };
}

const mixHash = (s: State, said: Bytes): void => void (s.hash = sha256(s.hash, said));
const mixKey = (s: State, secret: Bytes): void => void ([s.chain, s.key] = deriveTwo(s.chain, secret));

/** Seals under the current key with the hash so far, then takes the result into the hash. */
function say(s: State, plaintext: Bytes, counter = 0): Bytes {
  const sealed = encrypt(s.key, counter, s.hash, plaintext);
  mixHash(s, sealed);
  return sealed;
}

function hear(s: State, sealed: Bytes, counter = 0): Bytes {
  const plaintext = decrypt(s.key, counter, s.hash, sealed);
  mixHash(s, sealed);
  return plaintext;
}

/** An act's parts after the version byte. @throws SkiffError PEER_MISBEHAVED. */
function open(act: Bytes, length: number, first: number): [Bytes, Bytes] {
  if (act.length !== length) throw peerError('length of an act');
  if (act[0] !== VERSION) throw peerError('version of the handshake');
  return [act.slice(1, 1 + first), act.slice(1 + first)];
}

const act = (...parts: Bytes[]): Bytes => concat(Uint8Array.of(VERSION), ...parts);

function pointOf(curve: Curve, bytes: Bytes): Bytes {
  if (!curve.isPoint(bytes)) throw peerError('key is not on the curve');
  return bytes;
}

/** Runs a step once: a handshake that is asked twice would use a key twice. */
function once<A extends unknown[], R>(step: (...args: A) => R): (...args: A) => R {
  let used = false;
  return (...args) => {
    if (used) throw peerError('handshake step repeated');
    used = true;
    return step(...args);
  };
}

export interface HandshakeKeys {
  /** This node's 32-byte secret. */
  secret: Bytes;
  /** Fresh 32-byte secret for this connection alone. */
  ephemeral: Bytes;
}

export interface Initiator {
  actOne: Bytes;
  /** Act two in; act three out, with the keys. @throws SkiffError PEER_MISBEHAVED. */
  finish(actTwo: Bytes): { actThree: Bytes; keys: TransportKeys };
}

/** Calls the node whose 33-byte key is `remote`. @throws SkiffError PEER_MISBEHAVED when that is no key. */
export function initiate(curve: Curve, { secret, ephemeral }: HandshakeKeys, remote: Bytes): Initiator {
  const s = begin(pointOf(curve, remote));
  const ephemeralKey = curve.publicKey(ephemeral);
  mixHash(s, ephemeralKey);
  mixKey(s, sharedSecret(curve, ephemeral, remote));
  const actOne = act(ephemeralKey, say(s, NOTHING));
  return {
    actOne,
    finish: once((actTwo) => {
      const [key, tag] = open(actTwo, ACT_TWO, 33);
      const theirs = pointOf(curve, key);
      mixHash(s, theirs);
      mixKey(s, sharedSecret(curve, ephemeral, theirs));
      hear(s, tag);
      const sealedKey = say(s, curve.publicKey(secret), 1);
      mixKey(s, sharedSecret(curve, secret, theirs));
      const actThree = act(sealedKey, say(s, NOTHING));
      const [send, receive] = deriveTwo(s.chain, NOTHING);
      return { actThree, keys: { send, receive, chain: s.chain } };
    }),
  };
}

export interface Responder {
  /** Act one in, act two out. @throws SkiffError PEER_MISBEHAVED. */
  answer(actOne: Bytes): Bytes;
  /** Act three in; the caller's 33-byte key and the transport keys out. @throws SkiffError PEER_MISBEHAVED. */
  finish(actThree: Bytes): { remote: Bytes; keys: TransportKeys };
}

/** Waits for a caller that knows this node's key. */
export function respond(curve: Curve, { secret, ephemeral }: HandshakeKeys): Responder {
  const s = begin(curve.publicKey(secret));
  let answered = false;
  return {
    answer: once((actOne) => {
      const [key, tag] = open(actOne, ACT_ONE, 33);
      const theirs = pointOf(curve, key);
      mixHash(s, theirs);
      mixKey(s, sharedSecret(curve, secret, theirs));
      hear(s, tag);
      const ephemeralKey = curve.publicKey(ephemeral);
      mixHash(s, ephemeralKey);
      mixKey(s, sharedSecret(curve, ephemeral, theirs));
      answered = true;
      return act(ephemeralKey, say(s, NOTHING));
    }),
    finish: once((actThree) => {
      if (!answered) throw peerError('act three before act one');
      const [sealedKey, tag] = open(actThree, ACT_THREE, 33 + TAG);
      const remote = pointOf(curve, hear(s, sealedKey, 1));
      mixKey(s, sharedSecret(curve, ephemeral, remote));
      hear(s, tag);
      const [receive, send] = deriveTwo(s.chain, NOTHING);
      return { remote, keys: { send, receive, chain: s.chain } };
    }),
  };
}
