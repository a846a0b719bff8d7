// Every transaction that was meant for this chain, with what it spends: the input of tests/conformance/kernel_check.py,
// where Bitcoin Core's own code judges them again.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { toHex } from '../../src/crypto/bytes.ts';
import type { Known } from './state.ts';
import type { KernelTransaction } from './types.ts';

export interface KernelLog {
  /** Notes a transaction for the block at `height`, once for each set of witnesses. */
  note(known: Known, height: number): void;
  all(): KernelTransaction[];
}

/** Keeps all in memory and appends each to `file`, when there is one. */
export function kernelLog(file: string | undefined): KernelLog {
  const noted = new Map<string, KernelTransaction>();
  if (file) mkdirSync(dirname(file), { recursive: true });
  return {
    note({ tx, spent }, height) {
      if (noted.has(tx.wtxid)) return;
      const entry = {
        tx: toHex(tx.raw),
        spent: spent.map(({ value, script }) => ({ value: Number(value), script: toHex(script) })),
        height,
      };
      noted.set(tx.wtxid, entry);
      if (file) appendFileSync(file, `${JSON.stringify(entry)}\n`);
    },
    all: () => [...noted.values()],
  };
}
