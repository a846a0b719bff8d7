// History. One movement for each action at most; ids merge as sets, metadata by key, destinations without doubles,
// so that a step that runs twice writes the same line. Protocol state never reads this table.
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { Destination, MetadataValue, MovementRow, MovementStatus, SiteRef } from './rows.ts';

export interface MovementInit {
  subsystem: { name: string; kind: string };
  intended: bigint;
  actionId?: string;
  site?: SiteRef;
}

export interface MovementChange {
  intended?: bigint;
  effective?: bigint;
  fee?: Sats;
  sentTo?: readonly Destination[];
  receivedOn?: readonly Destination[];
  inputs?: readonly string[];
  outputs?: readonly string[];
  exited?: readonly string[];
  metadata?: Record<string, MetadataValue>;
}

const union = (have: readonly string[], more: readonly string[] = []): string[] => [
  ...new Set([...have, ...more]),
];

const unionDestinations = (
  have: readonly Destination[],
  more: readonly Destination[] = [],
): Destination[] => {
  const all = new Map(have.map((d) => [`${d.type} ${d.value}`, d]));
  for (const d of more) all.set(`${d.type} ${d.value}`, d);
  return [...all.values()];
};

const merge = (row: MovementRow, change: MovementChange, now: number): MovementRow => ({
  ...row,
  intended: change.intended ?? row.intended,
  effective: change.effective ?? row.effective,
  fee: change.fee ?? row.fee,
  sentTo: unionDestinations(row.sentTo, change.sentTo),
  receivedOn: unionDestinations(row.receivedOn, change.receivedOn),
  inputs: union(row.inputs, change.inputs),
  outputs: union(row.outputs, change.outputs),
  exited: union(row.exited, change.exited),
  metadata: { ...row.metadata, ...change.metadata },
  updatedAt: now,
});

/** One movement, or undefined. */
export const movement = (tx: ReadTx, id: number): Promise<MovementRow | undefined> =>
  tx.get<MovementRow>('movements', id);

/** The movement of an action, or undefined. */
export const movementOf = async (tx: ReadTx, actionId: string): Promise<MovementRow | undefined> =>
  (await tx.query<MovementRow>('movements', 'actionId', { equals: actionId }))[0];

/** Newest first; `before` continues after a page (id of its last line). */
export const history = (tx: ReadTx, page: { limit?: number; before?: number } = {}): Promise<MovementRow[]> =>
  tx.query<MovementRow>('movements', undefined, {
    reverse: true,
    limit: page.limit,
    ...(page.before === undefined ? {} : { to: page.before - 1 }),
  });

/** All lines that are not final. */
export const pendingMovements = (tx: ReadTx): Promise<MovementRow[]> =>
  tx.query<MovementRow>('movements', 'status', { equals: 'pending' });

/** Starts a line as pending, or returns the one that the action has already (unchanged). */
export async function openMovement(
  tx: WriteTx,
  init: MovementInit,
  change: MovementChange,
  now: number,
): Promise<MovementRow> {
  const there = init.actionId === undefined ? undefined : await movementOf(tx, init.actionId);
  if (there) return there;
  const empty: Omit<MovementRow, 'id'> = {
    ...init,
    status: 'pending',
    effective: 0n,
    fee: 0n as Sats,
    sentTo: [],
    receivedOn: [],
    inputs: [],
    outputs: [],
    exited: [],
    metadata: {},
    createdAt: now,
    updatedAt: now,
  };
  const { id: _none, ...row } = merge({ ...empty, id: 0 }, change, now);
  return { ...row, id: Number(await tx.add('movements', row)) };
}

async function need(tx: ReadTx, id: number): Promise<MovementRow> {
  const row = await movement(tx, id);
  if (row) return row;
  throw new SkiffError({ code: 'INTERNAL', say: 'A line of the history is missing.', details: { id } });
}

/** Merges new facts into a line, whatever its status. @throws SkiffError INTERNAL for an unknown id */
export async function updateMovement(
  tx: WriteTx,
  id: number,
  change: MovementChange,
  now: number,
): Promise<MovementRow> {
  const row = merge(await need(tx, id), change, now);
  await tx.put<MovementRow>('movements', row);
  return row;
}

/**
 * Ends a line. The same status again changes nothing; another final status wins over the first (a late settlement
 * found after a failure). @throws SkiffError INTERNAL for an unknown id
 */
export async function finishMovement(
  tx: WriteTx,
  id: number,
  status: Exclude<MovementStatus, 'pending'>,
  change: MovementChange,
  now: number,
): Promise<MovementRow> {
  const before = await need(tx, id);
  if (before.status === status) return before;
  const row: MovementRow = { ...merge(before, change, now), status, completedAt: now };
  await tx.put<MovementRow>('movements', row);
  return row;
}
