// Everything that was meant for this chain, written down for tests/conformance/kernel_check.py, where Bitcoin Core's own
// code judges it again: transactions with what they spend, and whole blocks.
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { toHex } from '../../src/crypto/bytes.ts';
import type { Block } from './block.ts';
import type { Known } from './state.ts';
import type { KernelTransaction } from './types.ts';

export interface KernelLog {
  /** Notes a transaction for the block at `height`, once for each set of witnesses. */
  note(known: Known, height: number): void;
  block(block: Block): void;
  all(): KernelTransaction[];
}

function appender(file: string | undefined): (line: object) => void {
  if (!file) return () => undefined;
  mkdirSync(dirname(file), { recursive: true });
  return (line) => appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Keeps the transactions in memory; appends them to `txFile` and blocks to `blockFile` where these are given. */
export function kernelLog(txFile: string | undefined, blockFile: string | undefined): KernelLog {
  const noted = new Map<string, KernelTransaction>();
  const [writeTx, writeBlock] = [appender(txFile), appender(blockFile)];
  const chain = randomUUID();
  return {
    note({ tx, spent }, height) {
      if (noted.has(tx.wtxid)) return;
      const entry = {
        tx: toHex(tx.raw),
        spent: spent.map(({ value, script }) => ({ value: Number(value), script: toHex(script) })),
        height,
      };
      noted.set(tx.wtxid, entry);
      writeTx(entry);
    },
    block: ({ raw }) => writeBlock({ chain, block: toHex(raw) }),
    all: () => [...noted.values()],
  };
}
