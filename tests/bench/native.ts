// Runs the native peer (ark-lib through tests/bench/native), building it once with cargo.
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface NativePeer {
  peer: string;
  /** Consensus bytes, hex. */
  funding: string;
  /** Medians in microseconds. */
  schnorrVerify: number;
  arkoorSend: number;
  /** By number of transitions. */
  coins: Record<string, { vtxo: string; decodeValidate: number }>;
}

/** @throws Error when cargo is missing or the peer does not build */
export function nativePeer(): NativePeer {
  const target = join(process.env.SKIFF_CACHE ?? join(homedir(), '.cache', 'skiff'), 'native-peer');
  const run = spawnSync(
    'cargo',
    ['run', '--release', '--locked', '--quiet', '--manifest-path', 'tests/bench/native/Cargo.toml'],
    {
      env: { ...process.env, CARGO_TARGET_DIR: target },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    },
  );
  if (run.error) throw new Error(`cargo is needed for the native peer: ${run.error.message}`);
  if (run.status !== 0) throw new Error('the native peer did not build or run');
  return JSON.parse(run.stdout.toString()) as NativePeer;
}
