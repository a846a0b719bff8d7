// BOLT 11 invoices: decode and verify. The rules are those of the BOLT and of lightning-invoice 0.35 (the server's own
// parser): an invoice that this file returns carries a valid signature, exactly one payment hash, one payment secret,
// one of description and description hash, and no required feature that we do not know. Whether it may be paid now
// and here is asked of bolt11-check.ts.
import { bech32 } from '@scure/base';
import type { Curve } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import type { Msats } from '../units.ts';
import { parseInvoiceHrp } from './bolt11-hrp.ts';
import type { InvoiceNetwork } from './bolt11-hrp.ts';
import { invalidInvoice, readTag, splitTags } from './bolt11-tags.ts';
import type { Fallback, RawTag, RouteHop, Tag } from './bolt11-tags.ts';
import { hasFeature, requiresUnknownFeature } from './features.ts';
import { wordsToBytes, wordsToInt } from './words.ts';
import type { Words } from './words.ts';

export interface Bolt11 {
  /** Lower case, without spaces or scheme. */
  text: string;
  network: InvoiceNetwork;
  /** Absent: the payer chooses. May be 0, which nobody should pay (see bolt11-check.ts). */
  amount?: Msats;
  /** Unix seconds, 0 … 2^35−1. */
  timestamp: number;
  /** 32 bytes each. */
  paymentHash: Uint8Array;
  paymentSecret: Uint8Array;
  /** Exactly one of the two. */
  description?: string;
  descriptionHash?: Uint8Array;
  /** Seconds after `timestamp`; 3600 when the invoice does not say. */
  expirySeconds: bigint;
  /** Blocks; 18 when the invoice does not say. */
  minFinalCltv: bigint;
  /** 33-byte node id: the `n` field, else recovered from the signature. */
  payee: Uint8Array;
  payeeInField: boolean;
  metadata?: Uint8Array;
  /** Feature vector, big-endian bytes without leading zeros. */
  features: Uint8Array;
  fallbacks: Fallback[];
  routeHints: RouteHop[][];
  /** 64 bytes r‖s, and recovery id 0…3. */
  signature: Uint8Array;
  recovery: number;
  /** What was signed: SHA-256 of prefix and data. */
  digest: Uint8Array;
  /** Every field in the order of the invoice, unknown ones included. */
  tags: RawTag[];
}

/** Payment secret, as required and as optional bit. */
const PAYMENT_SECRET = 14;
/** var_onion_optin, payment_secret, basic_mpp, payment_metadata, trampoline: even bits of what lightning-invoice knows. */
const KNOWN_FEATURES = [8, 14, 16, 48, 56];

const SIGNATURE_WORDS = 104;
const TIMESTAMP_WORDS = 7;
/** Longest bech32 code the reference parser accepts. */
const MAX_LENGTH = 7089;
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Digest a BOLT 11 signature is over: SHA-256(prefix as text ‖ data words as bytes, zero-padded). */
export function invoiceDigest(hrp: string, data: Words): Uint8Array {
  const padded = new Uint8Array(Math.ceil((data.length * 5) / 8) * 2);
  padded.set(data);
  const bytes = wordsToBytes(padded).subarray(0, Math.ceil((data.length * 5) / 8));
  return sha256(new TextEncoder().encode(hrp), bytes);
}

function decodeBech32(text: string): { hrp: string; words: Words } {
  if (text.length > MAX_LENGTH) throw invalidInvoice('too long');
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) throw invalidInvoice('mixed case');
  if (!/^ln[a-z0-9]*1[a-z0-9]+$/.test(lower)) throw invalidInvoice('not an invoice');
  try {
    const { prefix, words } = bech32.decode(lower as `${string}1${string}`, MAX_LENGTH);
    return { hrp: prefix, words: Uint8Array.from(words) };
  } catch (cause) {
    throw new SkiffError({
      code: 'INVALID_CHECKSUM',
      say: 'The invoice has a typing error or is cut off: its checksum does not match.',
      cause,
    });
  }
}

const bytesToInt = (bytes: Uint8Array): bigint => bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);

function verify(
  curve: Curve,
  signature: Uint8Array,
  recovery: number,
  digest: Uint8Array,
  field?: Uint8Array,
): Uint8Array {
  const r = bytesToInt(signature.subarray(0, 32));
  const s = bytesToInt(signature.subarray(32));
  if (r >= ORDER || s >= ORDER || recovery > 3) throw invalidInvoice('malformed signature');
  const bad = new SkiffError({
    code: 'INVALID_SIGNATURE',
    say: 'The invoice is not signed by the one it names. Ask for a new one.',
  });
  if (r === 0n || s === 0n) throw bad;
  if (field !== undefined) {
    if (!curve.isPoint(field)) throw invalidInvoice('payee is not a key');
    // With a named payee the reference verifier insists on low s; with recovery either s will do.
    if (s > HALF_ORDER || !curve.ecdsaVerify(signature, digest, field)) throw bad;
    return field;
  }
  const recovered = curve.ecdsaRecover(signature, recovery, digest);
  if (recovered === undefined) throw bad;
  return recovered;
}

type Of<K extends Tag['kind']> = Extract<Tag, { kind: K }>['value'];

function pick<K extends Tag['kind']>(tags: readonly Tag[], kind: K): Array<Of<K>> {
  return tags.filter((t) => t.kind === kind).map((t) => t.value as Of<K>);
}

function single<T>(values: readonly T[], name: string): T {
  const [first] = values;
  if (first === undefined) throw invalidInvoice(`no ${name}`);
  if (values.length > 1) throw invalidInvoice(`two of ${name}`);
  return first;
}

/**
 * Decodes and verifies an invoice in its bare form (no scheme, no spaces; all upper or all lower case).
 * @throws SkiffError INVALID_INVOICE, INVALID_CHECKSUM or INVALID_SIGNATURE.
 */
export function decodeBolt11(curve: Curve, text: string): Bolt11 {
  const { hrp, words } = decodeBech32(text);
  if (words.length < TIMESTAMP_WORDS + SIGNATURE_WORDS) throw invalidInvoice('too short');
  const { network, amount } = parseInvoiceHrp(hrp);
  const data = words.subarray(0, words.length - SIGNATURE_WORDS);
  const signed = wordsToBytes(words.subarray(words.length - SIGNATURE_WORDS));
  const signature = signed.slice(0, 64);
  const recovery = signed[64] ?? 0xff;

  const rawTags = splitTags(data.subarray(TIMESTAMP_WORDS));
  const tags = rawTags.flatMap((raw) => readTag(raw) ?? []);
  const paymentHash = single(pick(tags, 'paymentHash'), 'payment hash');
  const descriptions = tags.filter((t) => t.kind === 'description' || t.kind === 'descriptionHash');
  single(descriptions, 'description');
  const paymentSecret = single(pick(tags, 'paymentSecret'), 'payment secret');
  const features = pick(tags, 'features')[0];
  if (features === undefined || !hasFeature(features, PAYMENT_SECRET))
    throw invalidInvoice('payment secret feature missing');
  if (requiresUnknownFeature(features, KNOWN_FEATURES)) throw invalidInvoice('unknown required feature');
  for (const hop of pick(tags, 'route').flat()) {
    if (!curve.isPoint(hop.pubkey)) throw invalidInvoice('route hint is not a key');
  }

  const digest = invoiceDigest(hrp, data);
  const payeeField = pick(tags, 'payee')[0];
  return {
    text: text.toLowerCase(),
    network,
    amount,
    timestamp: Number(wordsToInt(data.subarray(0, TIMESTAMP_WORDS))),
    paymentHash,
    paymentSecret,
    description: pick(tags, 'description')[0],
    descriptionHash: pick(tags, 'descriptionHash')[0],
    expirySeconds: pick(tags, 'expiry')[0] ?? 3600n,
    minFinalCltv: pick(tags, 'minFinalCltv')[0] ?? 18n,
    payee: verify(curve, signature, recovery, digest, payeeField),
    payeeInField: payeeField !== undefined,
    metadata: pick(tags, 'metadata')[0],
    features,
    fallbacks: pick(tags, 'fallback'),
    routeHints: pick(tags, 'route'),
    signature,
    recovery,
    digest,
    tags: rawTags,
  };
}
