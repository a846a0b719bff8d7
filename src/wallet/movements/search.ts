// Finding lines of the history. Everything a person may remember of a payment is searched: whom they paid, the site that
// asked, the words beside it, the amount, hash, preimage, transaction and coin ids.

import type { MetadataValue, MovementRow, MovementStatus } from '../../store/rows.ts';
import { movementKind, type MovementKind } from './kind.ts';

export interface HistoryFilter {
  /** Words; a line must hold each of them somewhere, whatever their case. */
  text?: string;
  /** Any of these; absent or empty: all. */
  kinds?: readonly MovementKind[];
  /** Any of these; absent or empty: all. */
  status?: readonly MovementStatus[];
  /** Started at or after, ms since 1970. */
  from?: number;
  /** Started before, ms since 1970. */
  until?: number;
}

/** Every text and number inside a metadata value. */
function* leaves(value: MetadataValue | undefined): Generator<string> {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) for (const one of value) yield* leaves(one);
  else if (typeof value === 'object') for (const one of Object.values(value)) yield* leaves(one);
  else yield String(value);
}

const size = (value: bigint): string => String(value < 0n ? -value : value);

function haystack(row: MovementRow): string {
  const destinations = [...row.sentTo, ...row.receivedOn];
  return [
    ...destinations.flatMap((d) => [d.value, String(d.amount)]),
    ...(row.site ? [row.site.topOrigin, row.site.frameOrigin] : []),
    size(row.intended),
    size(row.effective),
    ...row.inputs,
    ...row.outputs,
    ...row.exited,
    ...leaves(row.metadata),
  ]
    .join('\n')
    .toLowerCase();
}

const anyOf = <T>(wanted: readonly T[] | undefined, value: T): boolean =>
  wanted === undefined || wanted.length === 0 || wanted.includes(value);

/** Tells whether a line fits the filter. Build once, use for every line. */
export function movementFilter(filter: HistoryFilter): (row: MovementRow) => boolean {
  const { text = '', kinds, status, from = -Infinity, until = Infinity } = filter;
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (row) => {
    if (row.createdAt < from || row.createdAt >= until) return false;
    if (!anyOf(status, row.status) || !anyOf(kinds, movementKind(row))) return false;
    if (words.length === 0) return true;
    const text = haystack(row);
    return words.every((word) => text.includes(word));
  };
}
