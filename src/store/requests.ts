// Questions of web pages to the person: a row that the prompt reads by id and the background answers from, so that
// neither the prompt nor the worker has to stay alive. waiting → approved → done | failed; waiting → rejected | failed.
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { RequestRow, RequestStatus, SiteRef } from './rows.ts';

const allowed: Record<RequestStatus, readonly RequestStatus[]> = {
  waiting: ['approved', 'rejected', 'done', 'failed'],
  approved: ['done', 'failed'],
  rejected: [],
  done: [],
  failed: [],
};

/** One request, or undefined. */
export const request = (tx: ReadTx, id: string): Promise<RequestRow | undefined> =>
  tx.get<RequestRow>('requests', id);

/** The queue of the prompt window, oldest first. */
export const waitingRequests = async (tx: ReadTx): Promise<RequestRow[]> =>
  (await tx.query<RequestRow>('requests', 'status', { equals: 'waiting' })).sort(
    (a, b) => a.createdAt - b.createdAt,
  );

/** Requests that started this action (several pages may wait for one payment). */
export const requestsOf = (tx: ReadTx, actionId: string): Promise<RequestRow[]> =>
  tx.query<RequestRow>('requests', 'actionId', { equals: actionId });

/** Files a request as waiting. @throws SkiffError STORE_CONFLICT when the id is taken */
export async function fileRequest(
  tx: WriteTx,
  init: SiteRef & { id: string; method: string; params: object },
  now: number,
): Promise<RequestRow> {
  const row: RequestRow = { ...init, status: 'waiting', createdAt: now, updatedAt: now };
  await tx.add<RequestRow>('requests', row);
  return row;
}

async function move(
  tx: WriteTx,
  id: string,
  status: RequestStatus,
  change: Partial<RequestRow>,
  now: number,
): Promise<RequestRow> {
  const row = await request(tx, id);
  if (!row || (row.status !== status && !allowed[row.status].includes(status)))
    throw new SkiffError({
      code: 'STORE_CONFLICT',
      say: 'This request was already answered.',
      details: { requestId: id, found: row?.status, wanted: status },
    });
  if (row.status === status) return row;
  const next: RequestRow = { ...row, ...change, status, updatedAt: now };
  await tx.put<RequestRow>('requests', next);
  return next;
}

/** The person (or a budget) agreed to at most `maxTotal`, carried out by `actionId`. @throws SkiffError STORE_CONFLICT */
export const approveRequest = (
  tx: WriteTx,
  id: string,
  answer: { maxTotal?: Sats; actionId?: string },
  now: number,
): Promise<RequestRow> => move(tx, id, 'approved', answer, now);

/** The person said no, or closed the window. @throws SkiffError STORE_CONFLICT */
export const rejectRequest = (tx: WriteTx, id: string, now: number): Promise<RequestRow> =>
  move(tx, id, 'rejected', {}, now);

/** It is answered. @throws SkiffError STORE_CONFLICT */
export const completeRequest = (tx: WriteTx, id: string, result: object, now: number): Promise<RequestRow> =>
  move(tx, id, 'done', { result }, now);

/** It failed for a reason the page may hear. @throws SkiffError STORE_CONFLICT */
export const failRequest = (
  tx: WriteTx,
  id: string,
  error: { code: string; say: string },
  now: number,
): Promise<RequestRow> => move(tx, id, 'failed', { error }, now);

/** Removes answered requests older than `before`; waiting and approved ones stay. Resolves with their number. */
export async function pruneRequests(tx: WriteTx, before: number): Promise<number> {
  const over = await tx.query<RequestRow>('requests', 'status', { anyOf: ['done', 'failed', 'rejected'] });
  const old = over.filter((row) => row.updatedAt < before);
  for (const row of old) await tx.delete('requests', row.id);
  return old.length;
}
