// The cli's process is killed with SIGKILL at every call of a payment, before the server acts and after it: the next
// commands finish what was begun, the person repeats what was not, and the recipient is paid once. The calls are
// recorded. By default before and after take turns, but for the cosignature; CRASH_FULL=1 takes all.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { Fault } from '../../devnet/grpc/faults.ts';

const full = process.env['CRASH_FULL'] === '1';
const node = join(process.cwd(), 'node_modules/.bin/node');
const root = mkdtempSync(join(tmpdir(), 'skiff-killed-'));
const datadir = join(root, 'wallet');
let devnet: Devnet;
let running: ChildProcess | undefined;

/** Runs a command to its end, or to its death. */
function cli(
  ...args: string[]
): Promise<{ signal: NodeJS.Signals | null; code: number | null; out: string }> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') };
  const child = spawn(node, ['cli/main.ts', '-q', '--datadir', datadir, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out })));
}
async function done(...args: string[]): Promise<string> {
  const { code, out } = await cli(...args);
  expect({ args, code, out: code === 0 ? '' : out }).toEqual({ args, code: 0, out: '' });
  return out;
}
interface Line {
  status: string;
  effective_balance_sat: number;
  sent_to: { destination: { value: string } }[];
}
const linesOf = async (value: string) =>
  (JSON.parse(await done('history')) as Line[]).filter((l) =>
    l.sent_to.some(({ destination }) => destination.value === value),
  );
const balance = async () => {
  const { spendable_sat } = JSON.parse(await done('balance')) as { spendable_sat: number };
  return spendable_sat;
};
const kill = () => void running?.kill('SIGKILL');

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  await done('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl);
  const { address } = JSON.parse(await done('onchain', 'address')) as { address: string };
  devnet.chain.fund(address, 700_000n);
  devnet.chain.mine(1);
  await done('board', '500000 sats');
  devnet.chain.mine(1);
  await done('maintain');
});
afterAll(async () => {
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
  rmSync(root, { recursive: true, force: true });
});

const invoice = () => devnet.lightning.createInvoice({ amountMsat: 2_000_000n, expirySeconds: 86_400 });

/** The server does not act, and whoever asked is dead. */
const before: Fault = {
  kind: 'fail',
  code: Code.Unavailable,
  get message() {
    kill();
    return 'gone';
  },
};
/** The server has acted, and whoever asked is dead. */
const after: Fault = { kind: 'tamper', change: kill };

test('killed at every call of a payment', { timeout: 900_000 }, async () => {
  const { calls } = devnet.ark.faults;
  const from = calls.length;
  await done('send', invoice().bolt11, '--wait');
  const methods = [...new Set(calls.slice(from).map(({ method }) => method))];
  expect(methods).toContain('InitiateLightningPayment');

  let deaths = 0;
  for (const [i, method] of methods.entries()) {
    for (const [when, fault] of Object.entries({ before, after })) {
      if (!full && (when === 'before') !== (i % 2 === 0) && !method.startsWith('RequestLightning')) continue;
      const where = `${when} ${method}`;
      const { bolt11, paymentHash } = invoice();
      const had = await balance();
      devnet.ark.faults.add(method, fault);
      const { signal } = await cli('send', bolt11, '--wait');
      devnet.ark.faults.clear();
      if (signal === 'SIGKILL') deaths++;
      await done('maintain');
      // Killed before anything was durable: the person, seeing nothing, tries again.
      if ((await linesOf(bolt11)).length === 0) await done('send', bolt11, '--wait');
      for (let n = 0; n < 20 && (await linesOf(bolt11)).some((l) => l.status === 'pending'); n++)
        await done('maintain');
      const [line, ...more] = await linesOf(bolt11);
      expect([where, line?.status, more]).toEqual([where, 'successful', []]);
      expect([where, devnet.lightning.invoice(paymentHash)?.receivedMsat]).toEqual([where, 2_000_000n]);
      expect([where, await balance()]).toEqual([where, had + line!.effective_balance_sat]);
    }
  }
  console.log(`cli killed: ${deaths} deaths by SIGKILL at ${methods.length} calls`);
  expect(deaths).toBeGreaterThanOrEqual(methods.length);
});
