// What this wallet writes into the last hop of its own blinded paths (path_id, BOLT 4) so that it knows, when a message
// comes over one, what it is an answer to. Nobody else can write one: a MAC over everything in it, kind and end included,
// so that none serves for another purpose and none outlives its time.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { hmacSha256 } from '../../crypto/hash.ts';
import { createReader, writeInt } from '../../lightning/wire.ts';
import { equalSecret } from '../../lightning/onion/keys.ts';

export type Context =
  /** The answer to a request for offer paths. */
  | { kind: 'offer-paths'; slot: number; expiresAt: number }
  /** The word that an invoice is kept. */
  | { kind: 'persisted'; offerId: Bytes; invoiceCreatedAt: number; expiresAt: number }
  /** A request for an invoice that the server passes on. */
  | { kind: 'invoice-request'; offerId: Bytes; expiresAt: number }
  /** A payer who holds money back until we are awake. */
  | { kind: 'held-htlc'; offerId: Bytes; expiresAt: number }
  /** The payment itself. */
  | { kind: 'payment'; offerId: Bytes; expiresAt: number };

const KINDS = ['offer-paths', 'persisted', 'invoice-request', 'held-htlc', 'payment'] as const;
const VERSION = 1;
const MAC = 16;
/** Unix seconds of what never ends. */
export const NEVER = 0xffff_ffff_ffff;

const mac = (key: Bytes, body: Bytes): Bytes => hmacSha256(key, body).slice(0, MAC);

function details(context: Context): Bytes {
  switch (context.kind) {
    case 'offer-paths':
      return writeInt(context.slot, 2);
    case 'persisted':
      return concat(context.offerId, writeInt(BigInt(context.invoiceCreatedAt), 8));
    default:
      return context.offerId;
  }
}

/** @param key 32 bytes that only this wallet has */
export function sealContext(key: Bytes, context: Context): Bytes {
  const head = Uint8Array.of(VERSION, KINDS.indexOf(context.kind));
  const body = concat(head, writeInt(BigInt(context.expiresAt), 8), details(context));
  return concat(body, mac(key, body));
}

/** Undefined for what this wallet did not write. Whether it is still good is another question. */
export function openContext(key: Bytes, sealed: Bytes | undefined): Context | undefined {
  if (sealed === undefined || sealed.length < 2 + 8 + MAC) return undefined;
  const body = sealed.subarray(0, -MAC);
  if (!equalSecret(mac(key, body), sealed.slice(-MAC))) return undefined;
  const reader = createReader(body);
  if (reader.int(1) !== VERSION) return undefined;
  const kind = KINDS[reader.int(1)];
  const expiresAt = Number(reader.u64());
  switch (kind) {
    case undefined:
      return undefined;
    case 'offer-paths':
      return { kind, expiresAt, slot: reader.int(2) };
    case 'persisted':
      return { kind, expiresAt, offerId: reader.take(32), invoiceCreatedAt: Number(reader.u64()) };
    default:
      return { kind, expiresAt, offerId: reader.take(32) };
  }
}

/** The context of this kind that is sealed there, if it is ours and still good at `now`; its last second counts. */
export function contextOf<K extends Context['kind']>(
  key: Bytes,
  sealed: Bytes | undefined,
  kind: K,
  now: number,
): Extract<Context, { kind: K }> | undefined {
  const context = openContext(key, sealed);
  if (context?.kind !== kind || context.expiresAt < now) return undefined;
  return context as Extract<Context, { kind: K }>;
}
