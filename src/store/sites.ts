// Which pages may ask, and which of them the person has blocked. A site is the pair of top origin and frame origin.
// What it may spend without asking is in budgets.ts.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { SiteRef, SiteRow } from './rows.ts';

/** Primary key of a pair of origins (an origin holds no space). */
export const siteId = (site: SiteRef): string => `${site.topOrigin} ${site.frameOrigin}`;

/** A page itself, or a frame of its own origin in it. */
export const isOneOrigin = (ref: SiteRef): boolean => ref.topOrigin === ref.frameOrigin;

const read = (tx: ReadTx, ref: SiteRef): Promise<SiteRow | undefined> =>
  tx.get<SiteRow>('sites', siteId(ref));

/** The permission of this pair; undefined when there is none, or when it is blocked. */
export async function site(tx: ReadTx, ref: SiteRef): Promise<SiteRow | undefined> {
  const row = await read(tx, ref);
  return row?.blocked ? undefined : row;
}

/** All sites, blocked ones too, or those of one top origin. */
export const sites = (tx: ReadTx, topOrigin?: string): Promise<SiteRow[]> =>
  topOrigin === undefined
    ? tx.query<SiteRow>('sites')
    : tx.query<SiteRow>('sites', 'topOrigin', { equals: topOrigin });

/** Is this pair blocked, or either of its two origins as a page of its own? Embedding is no way around a block. */
export async function isBlocked(tx: ReadTx, ref: SiteRef): Promise<boolean> {
  const { topOrigin, frameOrigin } = ref;
  const asked = [ref, ...[topOrigin, frameOrigin].map((o) => ({ topOrigin: o, frameOrigin: o }))];
  const rows = await Promise.all(asked.map((one) => read(tx, one)));
  return rows.some((row) => row?.blocked);
}

/** Remembers a permission; an existing row keeps its budget, a blocked one is allowed again. */
export async function enableSite(tx: WriteTx, ref: SiteRef, now: number): Promise<SiteRow> {
  const there = await site(tx, ref);
  const row: SiteRow = there
    ? { ...there, lastUsedAt: now }
    : {
        id: siteId(ref),
        topOrigin: ref.topOrigin,
        frameOrigin: ref.frameOrigin,
        enabledAt: now,
        lastUsedAt: now,
      };
  await tx.put<SiteRow>('sites', row);
  return row;
}

/** Notes that an allowed site came back; others are not remembered. */
export async function siteUsed(tx: WriteTx, ref: SiteRef, now: number): Promise<void> {
  const row = await site(tx, ref);
  if (row) await tx.put<SiteRow>('sites', { ...row, lastUsedAt: now });
}

/** The person lets this site see the balance; enables the site when it was not. */
export async function allowBalance(tx: WriteTx, ref: SiteRef, now: number): Promise<void> {
  const row = await enableSite(tx, ref, now);
  await tx.put<SiteRow>('sites', { ...row, seesBalance: 1 });
}

/** The person takes the sight of the balance back. */
export async function hideBalance(tx: WriteTx, ref: SiteRef): Promise<void> {
  const row = await site(tx, ref);
  if (!row) return;
  const { seesBalance: _seen, ...rest } = row;
  await tx.put<SiteRow>('sites', rest);
}

/** Takes the permission, the budget and a block back: the site is unknown again. */
export const forgetSite = (tx: WriteTx, ref: SiteRef): Promise<void> => tx.delete('sites', siteId(ref));

/** Never to be heard again; a permission and budget it had are gone. */
export async function blockSite(tx: WriteTx, ref: SiteRef, now: number): Promise<void> {
  const there = await read(tx, ref);
  await tx.put<SiteRow>('sites', {
    id: siteId(ref),
    topOrigin: ref.topOrigin,
    frameOrigin: ref.frameOrigin,
    enabledAt: there?.enabledAt ?? now,
    lastUsedAt: now,
    blocked: 1,
  });
}

/** The row of a site that may ask. @throws SkiffError NOT_ENABLED */
export async function allowedSite(tx: ReadTx, ref: SiteRef): Promise<SiteRow> {
  const row = await site(tx, ref);
  if (row) return row;
  throw new SkiffError({
    code: 'NOT_ENABLED',
    say: 'You have not allowed this site to ask for payments.',
    details: { topOrigin: ref.topOrigin, frameOrigin: ref.frameOrigin },
  });
}
