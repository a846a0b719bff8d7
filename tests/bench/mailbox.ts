// A thousand mailbox messages, most of them real coins, from the stream to the database (fake-indexeddb).
import { bulk, bulkLine } from '../integration/support/mailbox-bulk.ts';
import type { Row } from './measure.ts';

/** CPU of the whole, the devnet's mailbox included; time and memory are printed beside. */
export async function mailboxRow(): Promise<Row> {
  const report = await bulk(1000);
  console.log(bulkLine(report));
  const what = 'CPU of 1 000 mailbox messages to stored coins';
  return { what, value: report.cpuSeconds * 1000, unit: 'ms', budget: 35_000 };
}
