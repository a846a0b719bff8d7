// Mailboxes as captaind stores them: rows, several of which (one per vtxo) share a checkpoint and form one message.
// The page limit counts rows, `have_more` counts messages: a page may be cut inside a message. Clients must cope, so
// the devnet does exactly the same.
import { toHex } from '../../src/crypto/bytes.ts';
import { remember } from '../snapshot.ts';

export type MailboxItem =
  | { readonly kind: 'arkoor'; readonly vtxoId: string; readonly vtxo: Uint8Array }
  | { readonly kind: 'recovery-ids'; readonly vtxoId: string; readonly idBytes: Uint8Array }
  | {
      readonly kind: 'send-finished';
      readonly paymentHash: Uint8Array;
      readonly preimage?: Uint8Array;
      readonly reason?: number;
    }
  | { readonly kind: 'incoming-payment'; readonly paymentHash: Uint8Array; readonly amountMsat: bigint }
  | { readonly kind: 'round-completed'; readonly unlockHash: Uint8Array }
  | {
      readonly kind: 'onion-message';
      readonly name: string;
      readonly pathKey: Uint8Array;
      readonly packet: Uint8Array;
    }
  | {
      readonly kind: 'onion-htlc';
      readonly paymentHash: Uint8Array;
      readonly forwardMsat: bigint;
      readonly outgoingCltv: number;
      readonly cltvExpiry: number;
      readonly nextOnion: Uint8Array;
      readonly pathKey: Uint8Array;
    }
  | { readonly kind: 'garbage'; readonly form: Garbage; readonly name: string };

/** Nonsense: coins that are none, none at all, a hash of a wrong length, a kind that nobody knows. */
export const GARBAGE = ['coins', 'empty', 'hash', 'unknown'] as const;
export type Garbage = (typeof GARBAGE)[number];

export interface Row {
  readonly mailbox: string;
  readonly checkpoint: bigint;
  readonly item: MailboxItem;
}

export interface Message {
  readonly checkpoint: bigint;
  readonly items: readonly MailboxItem[];
}

interface Page {
  readonly messages: readonly Message[];
  readonly haveMore: boolean;
}

export interface MailboxStore {
  /** One message of these items; what the server already holds is left out. @returns whether anything was new. */
  post(mailbox: Uint8Array, items: readonly MailboxItem[]): boolean;
  read(mailbox: Uint8Array, after: bigint): Page;
  /** Calls back after each post to this mailbox. @returns unsubscribe */
  watch(mailbox: Uint8Array, wake: () => void): () => void;
  /** Everything, in order. */
  dump(): readonly Row[];
  /** What the answer does: back to how it is now. Checkpoints never come again. */
  snapshot(): () => void;
}

/** Rows are unique by kind and vtxo, or by kind and hash, over all mailboxes. */
function uniqueKey(item: MailboxItem): string {
  if ('vtxoId' in item) return `${item.kind} ${item.vtxoId}`;
  if ('paymentHash' in item) return `${item.kind} ${toHex(item.paymentHash)}`;
  return `${item.kind} ${'unlockHash' in item ? toHex(item.unlockHash) : item.name}`;
}

/**
 * @param now milliseconds; a checkpoint is 44 bits of it and a 20-bit counter, over all mailboxes
 * @param pageRows most rows in one page
 * @param stored what an earlier store dumped
 */
export function createMailboxStore(
  now: () => number,
  pageRows: () => number,
  stored: readonly Row[] = [],
): MailboxStore {
  const rows: Row[] = [...stored];
  const known = new Set(rows.map((row) => uniqueKey(row.item)));
  const watchers = new Map<string, Set<() => void>>();
  let last = rows.at(-1)?.checkpoint ?? 0n;

  const nextCheckpoint = (): bigint => {
    const fromClock = BigInt(Math.floor(now())) << 20n;
    last = fromClock > last ? fromClock : last + 1n;
    return last;
  };

  return {
    post(mailbox, items) {
      const fresh = items.filter((item) => !known.has(uniqueKey(item)));
      if (fresh.length === 0) return false;
      const checkpoint = nextCheckpoint();
      const key = toHex(mailbox);
      for (const item of fresh) {
        if (known.has(uniqueKey(item))) continue;
        known.add(uniqueKey(item));
        rows.push({ mailbox: key, checkpoint, item });
      }
      for (const wake of watchers.get(key) ?? []) wake();
      return true;
    },
    read(mailbox, after) {
      const key = toHex(mailbox);
      const limit = pageRows();
      const page = rows.filter((row) => row.mailbox === key && row.checkpoint > after).slice(0, limit);
      const byCheckpoint = new Map<bigint, MailboxItem[]>();
      for (const row of page) {
        const items = byCheckpoint.get(row.checkpoint);
        if (items) items.push(row.item);
        else byCheckpoint.set(row.checkpoint, [row.item]);
      }
      const messages = [...byCheckpoint].map(([checkpoint, items]) => ({ checkpoint, items }));
      return { messages, haveMore: messages.length >= limit };
    },
    watch(mailbox, wake) {
      const key = toHex(mailbox);
      const set = watchers.get(key) ?? new Set();
      watchers.set(key, set.add(wake));
      return () => void set.delete(wake);
    },
    dump: () => rows,
    snapshot: () => remember([rows, known]),
  };
}
