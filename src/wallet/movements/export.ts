// The history as a file: CSV (RFC 4180) for spreadsheets, JSON for programs. Texts of strangers (memos, comments, site
// names) must not become formulas in a spreadsheet: a text cell that starts like one gets an apostrophe before it.

import type { MetadataValue, MovementRow } from '../../store/rows.ts';
import { movementJson } from './json.ts';
import { movementKind } from './kind.ts';

export type ExportFormat = 'csv' | 'json';

export interface ExportFile {
  name: string;
  /** MIME type. */
  type: string;
  text: string;
}

const text = (value: MetadataValue | undefined): string => (typeof value === 'string' ? value : '');
const time = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());

function failureOf({ metadata: { failure } }: MovementRow): string {
  if (typeof failure !== 'object' || failure === null || Array.isArray(failure)) return '';
  return text(failure['say']);
}

const destinations = (all: MovementRow['sentTo']): string => all.map((d) => d.value).join(' ');

/** Column name → cell. Numbers are bigint; everything else is text. */
const COLUMNS: readonly [name: string, cell: (row: MovementRow) => string | bigint][] = [
  ['id', (row) => BigInt(row.id)],
  ['started', (row) => time(row.createdAt)],
  ['finished', (row) => time(row.completedAt)],
  ['status', (row) => row.status],
  ['kind', (row) => movementKind(row)],
  ['intended_sat', (row) => row.intended],
  ['effective_sat', (row) => row.effective],
  ['fee_sat', (row) => row.fee],
  ['onchain_fee_sat', ({ metadata }) => number(metadata['onchain_fee_sat'])],
  ['sent_to', (row) => destinations(row.sentTo)],
  ['received_on', (row) => destinations(row.receivedOn)],
  ['site', ({ site }) => site?.topOrigin ?? ''],
  ['description', ({ metadata }) => text(metadata['description'])],
  ['comment', ({ metadata }) => text(metadata['comment'])],
  ['payment_hash', ({ metadata }) => text(metadata['payment_hash'])],
  ['preimage', ({ metadata }) => text(metadata['payment_preimage'])],
  ['failure', failureOf],
];

const number = (value: MetadataValue | undefined): string | bigint =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : '';

/** One CSV cell. Numbers stay numbers, minus sign and all. */
function cell(value: string | bigint): string {
  if (typeof value === 'bigint') return String(value);
  // Control characters count for the start of a formula, too: some programs strip them.
  const safe = /^[\s\u0000-\u001f]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(rows: readonly MovementRow[]): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...rows.map((row) => COLUMNS.map(([, value]) => cell(value(row)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** bark's fields, with the site that asked. */
const json = (rows: readonly MovementRow[]): string =>
  `${JSON.stringify(
    rows.map((row) => ({
      ...movementJson(row),
      ...(row.site && { site: { top_origin: row.site.topOrigin, frame_origin: row.site.frameOrigin } }),
    })),
    undefined,
    2,
  )}\n`;

/** `rows` in the order given, as a file. @param now ms since 1970, for the file's name */
export function exportMovements(rows: readonly MovementRow[], format: ExportFormat, now: number): ExportFile {
  const name = `skiff-history-${new Date(now).toISOString().slice(0, 10)}.${format}`;
  return format === 'csv'
    ? { name, type: 'text/csv;charset=utf-8', text: csv(rows) }
    : { name, type: 'application/json', text: json(rows) };
}
