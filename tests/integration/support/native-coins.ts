// Real coins made by ark-lib (tests/bench/native, bin mailbox_coins): leaves of trees of transfers five deep, each with a
// key of its own of one wallet. A thousand lie in tests/fixtures; more are made when asked for, which needs cargo.
// `node tests/integration/support/native-coins.ts` writes the file anew.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { sha256 } from '../../../src/crypto/hash.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';

/** The devnet whose server signed the coins. */
export const DEVNET_SEED = new Uint8Array(32).fill(0x11);
/** The wallet that they belong to, by key index. */
export const WALLET_SEED = new Uint8Array(64).fill(0x07);

const FILE = 'tests/fixtures/mailbox-coins.json.br';
const IN_FILE = 1000;

export interface NativeCoins {
  /** Transactions that the coins hang off. */
  fundings: Uint8Array[];
  /** Full VTXOs; coin i pays key i. */
  coins: Uint8Array[];
}

/** The server key of a devnet with {@link DEVNET_SEED}. */
const serverSecret = () => toHex(sha256(new TextEncoder().encode('devnet ark server key'), DEVNET_SEED));

function make(count: number): string {
  const target = join(process.env['SKIFF_CACHE'] ?? join(homedir(), '.cache', 'skiff'), 'native-peer');
  const manifest = ['--manifest-path', 'tests/bench/native/Cargo.toml'];
  const cargo = ['run', '--release', '--locked', '--quiet', ...manifest, '--bin', 'mailbox_coins', '--'];
  const run = spawnSync('cargo', [...cargo, String(count), serverSecret(), toHex(WALLET_SEED)], {
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (run.error) throw new Error(`cargo is needed to make the coins: ${run.error.message}`);
  if (run.status !== 0) throw new Error('the program that makes the coins did not build or run');
  return run.stdout.toString();
}

/** The first `count` coins. @throws Error when they have to be made and cargo is missing */
export function nativeCoins(count: number): NativeCoins {
  const text = count <= IN_FILE ? brotliDecompressSync(readFileSync(FILE)).toString() : make(count);
  const { fundings, coins } = JSON.parse(text) as Record<keyof NativeCoins, string[]>;
  return { fundings: fundings.map(fromHex), coins: coins.slice(0, count).map(fromHex) };
}

if (import.meta.main) {
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(FILE, brotliCompressSync(make(IN_FILE), { params }));
}
