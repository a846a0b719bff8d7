// A thousand mailbox messages, most of them real coins, from the stream to the database (fake-indexeddb).
import { bulk, bulkLine } from '../integration/support/mailbox-bulk.ts';
import type { Row } from './measure.ts';

/** CPU of the whole, the devnet's mailbox included, and memory; the time is printed beside. Kept in figures.md. */
export async function mailboxRows(): Promise<Row[]> {
  const report = await bulk(1000);
  console.log(bulkLine(report));
  const what = '1 000 mailbox messages to stored coins';
  return [
    { what: `${what}, CPU`, value: report.cpuSeconds * 1000, unit: 'ms', budget: 35_000 },
    { what: `${what}, memory`, value: report.heapMb * 1024, unit: 'KB' },
  ];
}
