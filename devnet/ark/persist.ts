// The Ark server's memory as a JSON file, so that `npm run devnet --data DIR` still knows its coins after a restart.
// Payments that were under way when the devnet stopped have failed: its Lightning nodes forget.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { decodeVtxo, encodeVtxo } from '../../src/ark/vtxo.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { Curve } from '../../src/crypto/curve.ts';
import { LightningFailureReason } from '../../src/server/gen/core_pb.js';
import type { MailboxItem, MailboxStore, Row } from './mailbox-store.ts';
import { loadParticipation, saveParticipation, type SavedParticipation } from './rounds/saved.ts';
import {
  emptyState,
  type ArkState,
  type AttemptStatus,
  type SpendState,
  type Receive,
  type Token,
} from './state.ts';

interface Saved {
  vtxos: { bytes: string; id: string; state: SpendState; spentBy?: string; bannedUntil?: number }[];
  transactions: [string, string | null][];
  checkpointSpends: [string, string][];
  preimages: [string, string][];
  attempts: {
    paymentHash: string;
    invoice: string;
    amountSat: string;
    htlcIds: readonly string[];
    mailbox?: string;
    startedAt: number;
    status: AttemptStatus;
    reason?: number;
  }[];
  /** Missing in files of before there were rounds. */
  participations?: SavedParticipation[];
  receives: (Omit<Receive, 'amountSat' | 'mailbox'> & { amountSat: string; mailbox?: string })[];
  pool: { vtxo: string; secret: string; preimage?: string }[];
  tokens: [string, Token][];
  mailbox: { mailbox: string; checkpoint: string; item: Record<string, string | number | undefined> }[];
}

const BYTES = ['vtxo', 'idBytes', 'paymentHash', 'preimage', 'unlockHash', 'pathKey', 'packet', 'nextOnion'];

const AMOUNTS = ['amountMsat', 'forwardMsat'];

/** Byte fields of a mailbox item to hex, amounts to text. */
const itemOut = (item: MailboxItem) =>
  Object.fromEntries(
    Object.entries(item).map(([k, v]: [string, unknown]) => [
      k,
      v instanceof Uint8Array
        ? toHex(v)
        : typeof v === 'bigint'
          ? `${v}`
          : (v as string | number | undefined),
    ]),
  );

const itemIn = (item: Record<string, string | number | undefined>): MailboxItem =>
  Object.fromEntries(
    Object.entries(item).map(([k, v]) => {
      if (typeof v !== 'string') return [k, v];
      if (BYTES.includes(k)) return [k, fromHex(v)];
      return [k, AMOUNTS.includes(k) ? BigInt(v) : v];
    }),
  ) as unknown as MailboxItem;

/** Writes everything; a reader never sees half a file. */
export function saveState(file: string, state: ArkState, mailboxes: MailboxStore): void {
  const saved: Saved = {
    vtxos: [...state.vtxos.values()].map(({ vtxo: _, bytes, ...row }) => ({ ...row, bytes: toHex(bytes) })),
    transactions: [...state.transactions].map(([id, tx]) => [id, tx ? toHex(tx) : null]),
    checkpointSpends: [...state.checkpointSpends],
    preimages: [...state.preimages].map(([hash, preimage]) => [hash, toHex(preimage)]),
    attempts: [...state.attempts.values()]
      .flat()
      .map(({ givenUp: _, partialMsat: _part, mailbox, amountSat, ...attempt }) => ({
        ...attempt,
        amountSat: amountSat.toString(),
        mailbox: mailbox && toHex(mailbox),
      })),
    participations: [...state.participations.values()].map(saveParticipation),
    receives: [...state.receives.values()].map(({ amountSat, mailbox, ...receive }) => ({
      ...receive,
      amountSat: amountSat.toString(),
      mailbox: mailbox && toHex(mailbox),
    })),
    pool: state.pool.map(({ vtxo, secret, preimage }) => ({
      vtxo: toHex(encodeVtxo(vtxo, 'full')),
      secret: toHex(secret),
      preimage: preimage && toHex(preimage),
    })),
    tokens: [...state.tokens],
    mailbox: mailboxes.dump().map(({ mailbox, checkpoint, item }) => ({
      mailbox,
      checkpoint: checkpoint.toString(),
      item: itemOut(item),
    })),
  };
  writeFileSync(`${file}.new`, JSON.stringify(saved));
  renameSync(`${file}.new`, file);
}

/** What {@link saveState} wrote, or nothing when there is no such file. */
export function loadState(curve: Curve, file: string): { state: ArkState; rows: Row[] } {
  const state = emptyState();
  if (!existsSync(file)) return { state, rows: [] };
  const saved = JSON.parse(readFileSync(file, 'utf8')) as Saved;
  for (const { bytes: hex, ...row } of saved.vtxos) {
    const bytes = fromHex(hex);
    state.vtxos.set(row.id, { ...row, bytes, vtxo: decodeVtxo(curve, bytes, 'full') });
  }
  for (const [id, tx] of saved.transactions)
    state.transactions.set(id, tx === null ? undefined : fromHex(tx));
  for (const [output, txid] of saved.checkpointSpends) state.checkpointSpends.set(output, txid);
  for (const [hash, preimage] of saved.preimages) state.preimages.set(hash, fromHex(preimage));
  for (const attempt of saved.attempts) {
    const over =
      attempt.status === 'pending'
        ? { status: 'failed' as const, reason: LightningFailureReason.LIGHTNING_FAILURE_OTHER }
        : {};
    const list = state.attempts.get(attempt.paymentHash) ?? [];
    list.push({
      ...attempt,
      ...over,
      amountSat: BigInt(attempt.amountSat),
      mailbox: attempt.mailbox === undefined ? undefined : fromHex(attempt.mailbox),
      givenUp: new AbortController(),
    });
    state.attempts.set(attempt.paymentHash, list);
  }
  for (const one of saved.participations ?? [])
    state.participations.set(one.unlockHash, loadParticipation(curve, one));
  for (const { amountSat, mailbox, ...receive } of saved.receives ?? []) {
    const whole = {
      ...receive,
      amountSat: BigInt(amountSat),
      mailbox: mailbox ? fromHex(mailbox) : undefined,
    };
    state.receives.set(receive.paymentHash, whole);
  }
  for (const { vtxo, secret, preimage } of saved.pool ?? []) {
    const coin = { vtxo: decodeVtxo(curve, fromHex(vtxo), 'full'), secret: fromHex(secret) };
    state.pool.push({ ...coin, preimage: preimage === undefined ? undefined : fromHex(preimage) });
  }
  for (const [name, token] of saved.tokens ?? []) state.tokens.set(name, token);
  const rows = saved.mailbox.map(({ mailbox, checkpoint, item }) => ({
    mailbox,
    checkpoint: BigInt(checkpoint),
    item: itemIn(item),
  }));
  return { state, rows };
}
