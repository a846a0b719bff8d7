// Taking a backup in: what is missing here is added, what is here stays, unless the backup knows a line of the history
// better. Coins are not touched at all. Doing it again changes nothing.

import { action, startAction } from '../../store/actions.ts';
import { invoice as invoiceOf, isOpenInvoice } from '../../store/invoices.ts';
import { nextKeyIndex } from '../../store/keys.ts';
import { setMeta } from '../../store/meta.ts';
import { history } from '../../store/movements.ts';
import { paidInvoice } from '../../store/paid-invoices.ts';
import type { ReadTx, WriteTx } from '../../store/port.ts';
import type { InvoiceRow, MovementRow, SettingRow, SiteRow } from '../../store/rows.ts';
import { settings } from '../../store/settings.ts';
import { sites } from '../../store/sites.ts';
import type { SwapRow } from '../../store/swap-row.ts';
import { allSwaps, keepSwap } from '../../store/swaps.ts';
import { sats } from '../../units.ts';
import { KIND, lightningReceiveId, type LightningReceiveState } from '../actions/lightning-receive/state.ts';
import { PORTABLE, type Contents } from './contents.ts';

/** What was added. */
export interface Taken {
  movements: number;
  payments: number;
  invoices: number;
  swaps: number;
  sites: number;
}

/** Tables of a merge, which is one transaction. */
export const MERGE_TABLES = [
  'movements',
  'paidInvoices',
  'invoices',
  'actions',
  'swaps',
  'sites',
  'settings',
  'meta',
] as const;

/** Reads what a backup holds. */
export async function gather(tx: ReadTx): Promise<Contents> {
  const chosen = await settings(tx);
  const touched = new Set((await tx.query<SettingRow>('settings')).map((row) => row.name));
  return {
    movements: (await history(tx)).reverse().map(({ id: _id, ...line }) => line),
    paidInvoices: await tx.query('paidInvoices'),
    invoices: await tx.query('invoices'),
    swaps: await allSwaps(tx),
    sites: await sites(tx),
    settings: Object.fromEntries(
      PORTABLE.filter((name) => touched.has(name)).map((name) => [name, chosen[name]]),
    ),
    nextKey: await nextKeyIndex(tx),
  };
}

/** @param now ms */
export async function merge(tx: WriteTx, contents: Contents, now: number): Promise<Taken> {
  const taken = {
    movements: await mergeMovements(tx, contents.movements, now),
    payments: 0,
    invoices: 0,
    swaps: 0,
    sites: 0,
  };
  for (const row of contents.paidInvoices) {
    if ((await paidInvoice(tx, row.hash)) || (await invoiceOf(tx, row.hash))) continue;
    await tx.add('paidInvoices', row);
    taken.payments++;
  }
  for (const row of contents.invoices) if (await addInvoice(tx, row, now)) taken.invoices++;
  for (const row of contents.swaps) if (await keepSwap(tx, takenUp(row, now))) taken.swaps++;
  const known = new Set((await sites(tx)).map((site) => site.id));
  for (const row of contents.sites.filter((site) => !known.has(site.id))) {
    await tx.add<SiteRow>('sites', settled(row));
    taken.sites++;
  }
  for (const [name, value] of Object.entries(contents.settings))
    if (!(await tx.get('settings', name))) await tx.put<SettingRow>('settings', { name, value });
  return taken;
}

type Line = Omit<MovementRow, 'id'>;

/** Lines of one action are one line; others are told apart by when they began and what they were about. */
const nameOf = (line: Line): string =>
  line.actionId ?? `${line.createdAt} ${line.subsystem.name}/${line.subsystem.kind} ${line.intended}`;

/** Was under way when the backup was made: the action that would end it is not here. */
const closed = (line: Line, now: number): Line =>
  line.status !== 'pending'
    ? line
    : {
        ...line,
        status: 'canceled',
        updatedAt: now,
        completedAt: now,
        metadata: {
          ...line.metadata,
          failure: {
            say: 'This was under way when the backup was made. What became of it shows in your coins.',
          },
        },
      };

async function mergeMovements(tx: WriteTx, found: readonly Line[], now: number): Promise<number> {
  const mine = (await history(tx)).reverse();
  const byName = new Map(mine.map((line) => [nameOf(line), line]));
  const fresh = found.filter((line) => !byName.has(nameOf(line))).map((line) => closed(line, now));
  const better = found.filter((line) => {
    const there = byName.get(nameOf(line));
    return there && line.status !== 'pending' && line.updatedAt > there.updatedAt;
  });
  for (const line of better) {
    const there = byName.get(nameOf(line)) as MovementRow;
    // An action that is driven here knows best.
    if (there.actionId !== undefined && (await action(tx, there.actionId))) continue;
    const next = { ...line, id: there.id };
    await tx.put<MovementRow>('movements', next);
    byName.set(nameOf(line), next);
  }
  if (fresh.length === 0) return 0;
  // The history is read in the order of its ids, so older lines cannot simply follow.
  const all = [...byName.values(), ...fresh].sort((a, b) => a.createdAt - b.createdAt);
  for (const { id } of mine) await tx.delete('movements', id);
  for (const line of all) {
    const { id: _old, ...row } = line as MovementRow;
    await tx.add('movements', row);
  }
  // None of them is news.
  await setMeta(tx, 'receiptsTold', { at: now, ids: [] });
  return fresh.length;
}

/** An invoice that may still be paid is waited for again; the server repeats what it has offered for it. */
async function addInvoice(tx: WriteTx, row: InvoiceRow, now: number): Promise<boolean> {
  const { hash } = row;
  if ((await invoiceOf(tx, hash)) || (await paidInvoice(tx, hash))) return false;
  const { open: _open, ...rest } = row;
  if (!isOpenInvoice(row)) await tx.add<InvoiceRow>('invoices', rest);
  else if (row.state === 'draft') await tx.add<InvoiceRow>('invoices', { ...rest, state: 'cancelled' });
  else {
    await tx.add<InvoiceRow>('invoices', { ...rest, state: 'open', open: 1 });
    const id = lightningReceiveId(hash);
    const state: LightningReceiveState = { step: 'awaiting', hash };
    if (!(await action(tx, id))) await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
  }
  return true;
}

/** An open swap is looked for on the chain again, if its service had agreed to it; what came after the backup is not here. */
function takenUp(row: SwapRow, now: number): SwapRow {
  if (!row.open || row.agreement) return row;
  const say =
    'This was being agreed on when the backup was made. If it went on, “skiff loop rescue” finds it.';
  return { ...row, status: 'failed', failure: { code: 'SWAP_FAILED', say }, updatedAt: now };
}

/** What was set aside for payments under way counts as spent: their end will not be heard of. */
function settled(row: SiteRow): SiteRow {
  if (!row.budget) return row;
  const { reserved, spent, ...budget } = row.budget;
  const sum = Object.values(reserved).reduce((total, one) => total + one, 0n);
  return { ...row, budget: { ...budget, spent: sats(spent + sum), reserved: {} } };
}
