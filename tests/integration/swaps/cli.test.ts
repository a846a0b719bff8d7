// `loop out`, `loop list` and `loop rescue` as a script uses them: processes, exit codes, JSON.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../../devnet/index.ts';
import { ELSEWHERE } from '../support/swap-world.ts';

const root = mkdtempSync(join(tmpdir(), 'skiff-loop-'));
const node = join(process.cwd(), 'node_modules/.bin/node');
let devnet: Devnet;

type Json = Record<string, string | number | null>;

const skiff = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') };
    const line = ['cli/main.ts', '-q', '--datadir', join(root, 'wallet'), ...args];
    execFile(node, line, { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
async function json<T = Json>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await skiff(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  await skiff('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl);
  const { address } = await json('onchain', 'address');
  devnet.chain.fund(String(address), 300_000n);
  devnet.chain.mine(1);
  await json('board', '200000 sats');
  devnet.chain.mine(1);
  await skiff('maintain');
});
afterAll(async () => {
  await devnet.stop();
  rmSync(root, { recursive: true, force: true });
});

test('a swap is priced, started, left, and ended by the commands after it', async () => {
  const service = ['--backend', 'boltz', '--service', `${devnet.swaps.url}/v2`];
  const quote = await json('loop', 'out', '50000 sats', '--address', ELSEWHERE, '--quote', ...service);
  const { total_sat, amount_sat, service_fee_sat, claim_fee_sat, lightning_fee_sat } = quote;
  expect(total_sat).toBe(
    Number(amount_sat) + Number(service_fee_sat) + Number(claim_fee_sat) + Number(lightning_fee_sat),
  );

  const out = await json(
    'loop',
    'out',
    '50000 sats',
    '--address',
    ELSEWHERE,
    '--max-total',
    `${total_sat} sats`,
    ...service,
  );
  expect(out).toMatchObject({ backend: 'boltz', address: ELSEWHERE, amount_sat: 50_000, failure: null });
  expect(['paying', 'lockup-seen', 'claiming']).toContain(out['status']);

  for (let i = 0; i < 10; i++) {
    await devnet.swaps.service.tick();
    devnet.chain.mine(1);
    const [row] = await json<Json[]>('loop', 'list');
    if (row?.['status'] === 'done') break;
  }
  const [row, ...more] = await json<Json[]>('loop', 'list', '--no-sync');
  expect(more).toEqual([]);
  expect(row).toMatchObject({ status: 'done', payment_hash: out['payment_hash'] });
  expect(Number(row?.['received_sat'])).toBeGreaterThanOrEqual(50_000);

  const created = String(row?.['created_at']);
  const range = ['--from', created, '--to', created, '--address', ELSEWHERE];
  expect(await json('loop', 'rescue', ...range, ...service)).toMatchObject([{ found: 'nothing' }]);
});

/** Many processes: with CRASH_FULL=1 only. */
test.runIf(process.env['CRASH_FULL'] === '1')(
  'what cannot be done is said, with exit code 1, and nothing is stored',
  async () => {
    const before = await json<Json[]>('loop', 'list', '--no-sync');
    const here = ['--service', devnet.swaps.url];
    for (const [args, words] of [
      [['out', '100 sats', '--address', ELSEWHERE, ...here], /cannot be sent on-chain/],
      [['out', '50000 sats', '--address', ELSEWHERE, '--backend', 'other', ...here], /--backend is one of/],
      [
        ['out', '50000 sats', '--address', ELSEWHERE, '--max-total', '50001 sats', ...here],
        /Nothing was paid/,
      ],
      [['out', '50000 sats', '--address', ELSEWHERE, '--service', 'http://127.0.0.1:9'], /cannot be reached/],
      [['rescue', '--from', 'yesterday', '--to', '1', ...here], /--from/],
    ] as const) {
      const { code, stderr } = await skiff('loop', ...args);
      expect([args, code]).toEqual([args, 1]);
      expect(stderr).toMatch(words);
    }
    expect(await json('loop', 'list', '--no-sync')).toEqual(before);
  },
);
