// Tagged fields of a BOLT 11 invoice. A reader skips fields of unknown type and p, h, s, n of a wrong length; fields
// that are there but malformed make the invoice invalid (lightning-invoice 0.35 decides the same way).
import { SkiffError } from '../errors.ts';
import { pubKeyHashScript, scriptHashScript, witnessScript } from '../bitcoin/address.ts';
import {
  bytesToWords,
  featuresToWords,
  intToWords,
  wordsToBytes,
  wordsToFeatures,
  wordsToInt,
} from './words.ts';
import type { Words } from './words.ts';

/** One field as it lies in the data part: type 0…31 and its words. */
export interface RawTag {
  type: number;
  words: Words;
}

export interface RouteHop {
  /** 33-byte node id. */
  pubkey: Uint8Array;
  shortChannelId: bigint;
  feeBaseMsat: number;
  feeProportionalMillionths: number;
  cltvExpiryDelta: number;
}

/** On-chain fallback: 17 = P2PKH, 18 = P2SH (20-byte hash), 0…16 = witness version and program. */
export interface Fallback {
  version: number;
  program: Uint8Array;
}

/** A field with its meaning. */
export type Tag =
  | { kind: 'paymentHash' | 'descriptionHash' | 'paymentSecret' | 'payee'; value: Uint8Array }
  | { kind: 'metadata' | 'features'; value: Uint8Array }
  | { kind: 'description'; value: string }
  | { kind: 'expiry' | 'minFinalCltv'; value: bigint }
  | { kind: 'fallback'; value: Fallback }
  | { kind: 'route'; value: RouteHop[] };

const TYPE = {
  paymentHash: 1,
  route: 3,
  features: 5,
  expiry: 6,
  fallback: 9,
  description: 13,
  paymentSecret: 16,
  payee: 19,
  descriptionHash: 23,
  minFinalCltv: 24,
  metadata: 27,
} as const;

const HOP_BYTES = 51;
const KINDS = Object.entries(TYPE) as Array<[Tag['kind'], number]>;

export const invalidInvoice = (reason: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_INVOICE',
    say: 'This is not a valid Lightning invoice.',
    details: { reason },
    cause,
  });

/** Splits the words between timestamp and signature into fields. @throws SkiffError INVALID_INVOICE when a length runs past the end. */
export function splitTags(words: Words): RawTag[] {
  const tags: RawTag[] = [];
  for (let at = 0; at < words.length;) {
    const [type, high, low] = words.subarray(at, at + 3);
    if (type === undefined || high === undefined || low === undefined) throw invalidInvoice('field cut off');
    const end = at + 3 + high * 32 + low;
    if (end > words.length) throw invalidInvoice('field longer than the invoice');
    tags.push({ type, words: words.slice(at + 3, end) });
    at = end;
  }
  return tags;
}

/** Meaning of a field, or undefined for one a reader must skip. @throws SkiffError INVALID_INVOICE when malformed. */
export function readTag({ type, words }: RawTag): Tag | undefined {
  const kind = KINDS.find(([, t]) => t === type)?.[0];
  switch (kind) {
    case 'paymentHash':
    case 'descriptionHash':
    case 'paymentSecret':
      return words.length === 52 ? { kind, value: wordsToBytes(words) } : undefined;
    case 'payee':
      return words.length === 53 ? { kind, value: wordsToBytes(words) } : undefined;
    case 'description':
      return { kind, value: readText(wordsToBytes(words)) };
    case 'expiry':
    case 'minFinalCltv':
      return { kind, value: wordsToInt(words) };
    case 'metadata':
      return { kind, value: wordsToBytes(words) };
    case 'features':
      return { kind, value: wordsToFeatures(words) };
    case 'fallback':
      return readFallback(words);
    case 'route':
      return { kind, value: readRoute(wordsToBytes(words)) };
    case undefined:
      return undefined;
  }
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidInvoice('description is not UTF-8', cause);
  }
}

function readFallback(words: Words): Tag | undefined {
  const version = words[0];
  if (version === undefined) throw invalidInvoice('empty fallback');
  if (version > 18) return undefined;
  const program = wordsToBytes(words.subarray(1));
  if (version < 17 && (program.length < 2 || program.length > 40))
    throw invalidInvoice('fallback program length');
  if (version >= 17 && program.length !== 20) throw invalidInvoice('fallback hash length');
  return { kind: 'fallback', value: { version, program } };
}

function readRoute(bytes: Uint8Array): RouteHop[] {
  if (bytes.length % HOP_BYTES !== 0) throw invalidInvoice('route hint length');
  const hops: RouteHop[] = [];
  for (let at = 0; at < bytes.length; at += HOP_BYTES) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, HOP_BYTES);
    hops.push({
      pubkey: bytes.slice(at, at + 33),
      shortChannelId: view.getBigUint64(33),
      feeBaseMsat: view.getUint32(41),
      feeProportionalMillionths: view.getUint32(45),
      cltvExpiryDelta: view.getUint16(49),
    });
  }
  return hops;
}

function hopBytes(hop: RouteHop): Uint8Array {
  const bytes = new Uint8Array(HOP_BYTES);
  bytes.set(hop.pubkey);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(33, hop.shortChannelId);
  view.setUint32(41, hop.feeBaseMsat);
  view.setUint32(45, hop.feeProportionalMillionths);
  view.setUint16(49, hop.cltvExpiryDelta);
  return bytes;
}

function tagWords(tag: Tag): Words {
  switch (tag.kind) {
    case 'description':
      return bytesToWords(new TextEncoder().encode(tag.value));
    case 'expiry':
    case 'minFinalCltv':
      return intToWords(tag.value);
    case 'features':
      return featuresToWords(tag.value);
    case 'fallback':
      return Uint8Array.from([tag.value.version, ...bytesToWords(tag.value.program)]);
    case 'route':
      return bytesToWords(Uint8Array.from(tag.value.flatMap((hop) => [...hopBytes(hop)])));
    default:
      return bytesToWords(tag.value);
  }
}

/** Inverse of {@link readTag}. @throws SkiffError INVALID_INVOICE when a field needs more than 1023 words. */
export function writeTag(tag: Tag): RawTag {
  const words = tagWords(tag);
  if (words.length > 1023) throw invalidInvoice(`${tag.kind} is too long`);
  return { type: TYPE[tag.kind], words };
}

/** Inverse of {@link splitTags}. */
export function joinTags(tags: readonly RawTag[]): Words {
  return Uint8Array.from(
    tags.flatMap(({ type, words }) => [type, words.length >> 5, words.length & 31, ...words]),
  );
}

/** scriptPubKey of a fallback, or undefined when no standard address stands for it. */
export function fallbackScript({ version, program }: Fallback): Uint8Array | undefined {
  if (version === 17) return pubKeyHashScript(program);
  if (version === 18) return scriptHashScript(program);
  if (version === 0 && program.length !== 20 && program.length !== 32) return undefined;
  return witnessScript(version, program);
}
