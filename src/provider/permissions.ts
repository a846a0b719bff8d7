// Which sites may ask. A permission belongs to the pair of top origin and frame origin and is remembered until revoked.
import { SkiffError } from '../errors.ts';
import type { Db } from '../store/port.ts';
import type { SiteRef, SiteRow } from '../store/rows.ts';
import { site as readSite } from '../store/sites.ts';

/** The permission of this pair, if there is one. */
export const permission = (db: Db, ref: SiteRef): Promise<SiteRow | undefined> =>
  db.read(['sites'], (tx) => readSite(tx, ref));

/** @throws SkiffError NOT_ENABLED with the sentence that sites of other wallets know */
export async function requirePermission(db: Db, ref: SiteRef, method: string): Promise<SiteRow> {
  const row = await permission(db, ref);
  if (row) return row;
  throw new SkiffError({ code: 'NOT_ENABLED', say: `Provider must be enabled before calling ${method}` });
}
