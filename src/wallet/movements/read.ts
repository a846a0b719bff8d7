// Reading the history, filtered, page by page.

import { history } from '../../store/movements.ts';
import type { ReadTx } from '../../store/port.ts';
import type { MovementRow } from '../../store/rows.ts';
import { movementFilter, type HistoryFilter } from './search.ts';

export interface HistoryQuery extends HistoryFilter {
  /** Most lines to return. */
  limit?: number;
  /** Continues after a page: id of its last line. */
  before?: number;
}

/** Lines read at once while looking for those that fit. */
const PAGE = 500;

/** Lines that fit, newest first. Reads no further than it takes to find `limit` of them. */
export async function findMovements(tx: ReadTx, query: HistoryQuery = {}): Promise<MovementRow[]> {
  const { limit = Infinity, before, ...filter } = query;
  const fits = movementFilter(filter);
  const found: MovementRow[] = [];
  for (let next = before; found.length < limit;) {
    const page = await history(tx, { limit: PAGE, before: next });
    found.push(...page.filter(fits));
    const last = page.at(-1);
    if (!last || last.id <= 1) break;
    next = last.id;
  }
  return found.slice(0, limit);
}
