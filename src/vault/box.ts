// Sealed bytes: AES-256-GCM (WebCrypto) with a fresh 96-bit nonce, bound by its additional data to the vault's version
// and to what the bytes are for, so that one box cannot stand in for another. And the key a password gives:
// PBKDF2-SHA256, its parameters stored beside the box and bound to it.
import { toHex } from '../crypto/bytes.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Box {
  iv: Bytes;
  /** Ciphertext and 16-byte tag. */
  ct: Bytes;
}

export interface Kdf {
  name: 'PBKDF2-SHA256';
  iterations: number;
  /** 16 bytes. */
  salt: Bytes;
}

/** Version 1 of the vault format. */
export const VAULT_VERSION = 1;
/** Fewer are never accepted, so that nobody can lower them in the file. */
export const MIN_ITERATIONS = 900_000;
/** More would only freeze the browser. */
export const MAX_ITERATIONS = 20_000_000;

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const aad = (purpose: string): Bytes => utf8(`skiff vault v${VAULT_VERSION}: ${purpose}`);
/** The additional data of the box that the password opens names the parameters, too. */
export const kdfPurpose = (kdf: Kdf): string => `keys, ${kdf.name} ${kdf.iterations} ${toHex(kdf.salt)}`;

/** An AES-256-GCM key from 32 raw bytes; it cannot be read back. */
export const boxKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** The key of a password (compared in Unicode form NFKC). Takes about half a second on purpose. */
export async function passwordKey(password: string, kdf: Kdf): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, [
    'deriveKey',
  ]);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt: kdf.salt, iterations: kdf.iterations },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

/** Seals `plain`. `iv`: 12 bytes fresh from the CSPRNG. */
export async function seal(key: CryptoKey, plain: Bytes, purpose: string, iv: Bytes): Promise<Box> {
  const ct = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad(purpose) }, key, plain);
  return { iv, ct: new Uint8Array(ct) };
}

/** Opens a box; undefined when key, purpose, nonce or a single bit of it is not the right one. */
export async function open(key: CryptoKey, box: Box, purpose: string): Promise<Bytes | undefined> {
  try {
    const params = { name: 'AES-GCM', iv: box.iv, additionalData: aad(purpose) };
    return new Uint8Array(await crypto.subtle.decrypt(params, key, box.ct));
  } catch {
    return undefined;
  }
}
