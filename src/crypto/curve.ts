// The Curve port: every secp256k1 operation Skiff needs, in one interface (BIP-340, BIP-341, BIP-327, raw ECDH).
// Adaptors live beside it (noble now, wasm later) and are chosen once at start; callers import only this file
// and `curve()`-style values handed to them. All values are Uint8Array; integers are big-endian 32 bytes.

export type Bytes = Uint8Array;

/** `sorted`: BIP-327 KeySort first, as Ark does it. `given`: as they stand, which some other protocols agree on. */
export type KeyOrder = 'sorted' | 'given';

/** Result of BIP-327 key aggregation. A plain value; memoised by the adaptor. */
export interface KeyAggregate {
  /** The participants' 33-byte keys in the order that was aggregated. */
  readonly keys: readonly Bytes[];
  /** Aggregate point, 33 bytes compressed, before any tweak. */
  readonly point: Bytes;
  /** x coordinate of `point`, 32 bytes. */
  readonly xonly: Bytes;
}

/** What a MuSig2 signing session is about. A plain value: everything in it is public. */
export interface MusigSession {
  /** Participants' 33-byte public keys; adaptors sort them unless `order` says otherwise. */
  readonly keys: readonly Bytes[];
  /** `sorted` by default. */
  readonly order?: KeyOrder;
  /** Aggregated nonce, 66 bytes (a half may be 33 zero bytes = infinity). */
  readonly aggregateNonce: Bytes;
  /** 32-byte message (the sighash). */
  readonly message: Bytes;
  /** Optional 32-byte x-only (taproot) tweak. */
  readonly tweak?: Bytes;
}

/**
 * A MuSig2 secret nonce. Lives in memory only, signs once, is wiped by `partialSign`
 * (design rule 2: never stored, derived or seeded). Opaque on purpose: it does not serialise.
 */
export interface SecretNonce {
  readonly kind: 'musig-secret-nonce';
}

/** One signer's share of a signature, with what it has to hold against. */
export interface PartialSignature {
  readonly session: MusigSession;
  /** 32 bytes. */
  readonly partial: Bytes;
  /** The signer's own nonce, 66 bytes. */
  readonly publicNonce: Bytes;
  /** The signer's 33-byte key. */
  readonly publicKey: Bytes;
}

export interface NoncePair {
  readonly secret: SecretNonce;
  /** 66 bytes: two compressed points. */
  readonly public: Bytes;
}

export interface NonceInput {
  /** 32 fresh bytes from the CSPRNG; tests of the pure function pass given ones. */
  random: Bytes;
  /** Signer's 33-byte public key. */
  publicKey: Bytes;
  /** Signer's 32-byte secret key, mixed in when given (BIP-327 NonceGen `sk`). */
  secretKey?: Bytes;
  /** x-only aggregate key (tweaked where a tweak applies), 32 bytes. */
  aggregateKey?: Bytes;
  message?: Bytes;
  extra?: Bytes;
}

/** A BIP-340 signature (64 bytes) of a message under an x-only key (32 bytes). */
export interface SignedMessage {
  readonly signature: Bytes;
  readonly message: Bytes;
  readonly xonly: Bytes;
}

export interface Curve {
  /** 32-byte secret → 33-byte compressed public key. @throws SkiffError INVALID_ARGUMENT for 0 or ≥ n. */
  publicKey(secret: Bytes): Bytes;
  /** Is this a valid 33-byte compressed point (02/03)? Never throws. */
  isPoint(point: Bytes): boolean;
  /** Is this a valid 32-byte x coordinate? Never throws. */
  isXOnly(x: Bytes): boolean;
  /** Is this 32-byte big-endian integer < n (0 allowed)? Never throws. */
  isScalar(value: Bytes): boolean;

  /** BIP-340 signature, 64 bytes. `aux` = 32 random bytes. Constant-time path. */
  schnorrSign(message: Bytes, secret: Bytes, aux: Bytes): Bytes;
  /** BIP-340 verification of public data (variable-time, fast). Never throws. */
  schnorrVerify(signature: Bytes, message: Bytes, xonly: Bytes): boolean;
  /**
   * BIP-340 batch verification: true only when every single one is valid (up to 2^-128), and cheaper than one by one.
   * False does not say which one is not. Never throws.
   */
  schnorrVerifyAll(items: readonly SignedMessage[]): boolean;

  /** ECDSA with low-s and RFC 6979, for BOLT 11. Signature 64 bytes (r‖s) and recovery id 0…3. */
  ecdsaSign(digest: Bytes, secret: Bytes): { signature: Bytes; recovery: number };
  /** Does not insist on low-s (BOLT 11 readers do not). Never throws. */
  ecdsaVerify(signature: Bytes, digest: Bytes, publicKey: Bytes): boolean;
  /** 33-byte key, or undefined when nothing can be recovered. */
  ecdsaRecover(signature: Bytes, recovery: number, digest: Bytes): Bytes | undefined;

  /** secret · point as a raw 33-byte point (no hashing), constant-time in the secret. */
  sharedPoint(secret: Bytes, point: Bytes): Bytes;
  /**
   * a · b mod n of two 32-byte secrets (a blinded key times its factor), constant-time.
   * @throws SkiffError INVALID_ARGUMENT when either is 0 or ≥ n.
   */
  multiplySecrets(a: Bytes, b: Bytes): Bytes;
  /** a + b. @throws SkiffError INVALID_ENCODING when the sum is infinity. */
  addPoints(a: Bytes, b: Bytes): Bytes;
  /** a − b. @throws SkiffError INVALID_ENCODING when the difference is infinity. */
  subtractPoints(a: Bytes, b: Bytes): Bytes;

  /** BIP-341: output key = lift_x(internal) + tweak·G, for public data. `tweak` is the final 32-byte scalar (already hashed). */
  tweakXOnly(internal: Bytes, tweak: Bytes): { xonly: Bytes; parity: 0 | 1 };
  /** BIP-341 secret-key tweak for a key-path spend: negate for even y, add tweak. Constant-time. */
  tweakSecret(secret: Bytes, tweak: Bytes): Bytes;

  /** BIP-327 KeySort (unless `order` is `given`) and KeyAgg; memoised. */
  aggregateKeys(keys: readonly Bytes[], order?: KeyOrder): KeyAggregate;
  /** BIP-327 NonceGen. */
  generateNonce(input: NonceInput): NoncePair;
  /** BIP-327 NonceAgg, 66 bytes. */
  aggregateNonces(nonces: readonly Bytes[]): Bytes;
  /** BIP-327 Sign: 32-byte partial signature. Consumes and wipes `nonce`; a second use throws. */
  partialSign(session: MusigSession, nonce: SecretNonce, secret: Bytes): Bytes;
  /** BIP-327 PartialSigVerify with the signer's own nonce and key. Never throws. */
  partialVerify(session: MusigSession, partial: Bytes, publicNonce: Bytes, publicKey: Bytes): boolean;
  /** True only when every single one is valid, as {@link schnorrVerifyAll} for shares. Never throws. */
  partialVerifyAll(items: readonly PartialSignature[]): boolean;
  /** BIP-327 PartialSigAgg: 64-byte BIP-340 signature. */
  aggregatePartials(session: MusigSession, partials: readonly Bytes[]): Bytes;
}
