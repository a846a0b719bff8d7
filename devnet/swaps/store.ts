// Records of swaps in one file, replaced as a whole: written beside it, flushed, renamed over it, so that a power cut leaves
// the old or the new one. Without a file they live in memory, as copies, so that nothing counts that was not saved.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SwapRecord, SwapStore } from './types.ts';

/** @throws Error when the file is there and no list of records */
export function swapStore(file?: string): SwapStore & { snapshot(): () => void } {
  let records = new Map<string, string>();
  if (file !== undefined && existsSync(file)) {
    const list = JSON.parse(readFileSync(file, 'utf8')) as SwapRecord[];
    records = new Map(list.map((r) => [r.hash, JSON.stringify(r)]));
  }
  return {
    all: () => [...records.values()].map((text) => JSON.parse(text) as SwapRecord),
    save(record) {
      records.set(record.hash, JSON.stringify(record));
      if (file !== undefined) replace(file, `[${[...records.values()].join(',\n')}]`);
    },
    snapshot() {
      const then = new Map(records);
      return () => void (records = new Map(then));
    },
  };
}

function replace(file: string, text: string): void {
  const beside = `${file}.new`;
  const to = openSync(beside, 'w', 0o600);
  try {
    writeSync(to, text);
    fsyncSync(to);
  } finally {
    closeSync(to);
  }
  renameSync(beside, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
