// What happens to the chain, line by line, in a folder: blocks, mempool entries, reorgs. Reading it again from the
// start gives the same chain. A line that was cut off by a crash ends the reading.
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

export type Entry =
  | { readonly kind: 'block'; readonly header: string; readonly txs: readonly string[] }
  | { readonly kind: 'tx'; readonly tx: string }
  | { readonly kind: 'evict'; readonly txid: string }
  | { readonly kind: 'invalidate'; readonly blocks: number };

export interface Journal {
  /** What was written in earlier runs. */
  readonly past: readonly Entry[];
  write(entry: Entry): void;
}

function readPast(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
}

/** The journal of a folder, made when it is not there; without a folder nothing is kept. */
export function openJournal(dataDir: string | undefined): Journal {
  if (dataDir === undefined) return { past: [], write: () => undefined };
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'chain.jsonl');
  return { past: readPast(file), write: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`) };
}
