// Rows of unfinished actions: a row exists exactly as long as the action does. Each write bumps `version`, and a writer
// that read an older version is refused, so that two drivers can never overwrite one another's step.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { ActionNews, ActionRow } from './rows.ts';

/** One action, or undefined when it never was or has ended. */
export const action = (tx: ReadTx, id: string): Promise<ActionRow | undefined> =>
  tx.get<ActionRow>('actions', id);

/** All unfinished actions, or those of one kind. */
export const actions = (tx: ReadTx, kind?: string): Promise<ActionRow[]> =>
  kind === undefined
    ? tx.query<ActionRow>('actions')
    : tx.query<ActionRow>('actions', 'kind', { equals: kind });

/** Actions whose time has come, earliest first. */
export const dueActions = (tx: ReadTx, now: number): Promise<ActionRow[]> =>
  tx.query<ActionRow>('actions', 'wakeAt', { to: now });

/** The earliest time any action wants to be driven. */
export const nextWake = async (tx: ReadTx): Promise<number | undefined> =>
  (await tx.query<ActionRow>('actions', 'wakeAt', { limit: 1 }))[0]?.wakeAt;

/** Writes the first row of an action. @throws SkiffError PAYMENT_IN_PROGRESS when the id is taken */
export async function startAction(
  tx: WriteTx,
  init: { id: string; kind: string; state: object; wakeAt?: number },
  now: number,
): Promise<ActionRow> {
  if (await action(tx, init.id))
    throw new SkiffError({
      code: 'PAYMENT_IN_PROGRESS',
      say: 'This is already under way. Nothing was done twice.',
      details: { actionId: init.id },
    });
  const row: ActionRow = { ...init, version: 1, retries: 0, createdAt: now, updatedAt: now };
  await tx.add<ActionRow>('actions', row);
  return row;
}

/**
 * Replaces the row that was read as `before`.
 * @throws SkiffError STORE_CONFLICT when it was changed or ended meanwhile; the caller's write is undone as a whole
 */
export async function saveAction(
  tx: WriteTx,
  before: ActionRow,
  change: Partial<Pick<ActionRow, 'state' | 'wakeAt' | 'retries' | 'lastError'>>,
  now: number,
): Promise<ActionRow> {
  const { news } = await sameVersion(tx, before);
  const row: ActionRow = {
    ...before,
    ...change,
    ...(news && { news }),
    version: before.version + 1,
    updatedAt: now,
  };
  await tx.put<ActionRow>('actions', row);
  return row;
}

/** Tells an action what was learned elsewhere; the step that runs just now is not disturbed. Ended: nothing to do. */
export async function tellAction(tx: WriteTx, id: string, news: ActionNews): Promise<void> {
  const row = await action(tx, id);
  if (row) await tx.put<ActionRow>('actions', { ...row, news: { ...row.news, ...news } });
}

/** Deletes the row of an ended action. @throws SkiffError STORE_CONFLICT as {@link saveAction} */
export async function endAction(tx: WriteTx, before: ActionRow): Promise<void> {
  await sameVersion(tx, before);
  await tx.delete('actions', before.id);
}

async function sameVersion(tx: ReadTx, before: ActionRow): Promise<ActionRow> {
  const there = await action(tx, before.id);
  if (there?.version === before.version) return there;
  throw new SkiffError({
    code: 'STORE_CONFLICT',
    say: 'Another part of Skiff has already moved this on.',
    retry: 'later',
    details: { actionId: before.id, read: before.version, found: there?.version },
  });
}
