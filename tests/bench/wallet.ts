// CPU of whole payments in the wallet: everything between `pay` and the end of the action, Node's HTTP client and the
// store of the cli (SQLite on disk) included, the devnet in another process. The same with Dexie over an IndexedDB that is
// emulated in JavaScript, which no user runs, stands beside it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../cli/store-sqlite.ts';
import type { Db } from '../../src/store/port.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, type Instance, type Surroundings } from '../integration/support/wallets.ts';
import { median, type Row } from './measure.ts';
import type { NativePeer } from './native.ts';

const PAYMENTS = 15;
const WARMING = 5;
const FUNDS = 5_000_000n;

interface Child extends Surroundings {
  control<T>(command: string, body: object): Promise<T>;
  stop(): void;
}

async function devnetProcess(): Promise<Child> {
  const child = fork('tests/bench/devnet-child.ts', { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [urls] = (await once(child, 'message')) as [Record<'arkUrl' | 'esploraUrl' | 'controlUrl', string>];
  const control = async <T>(command: string, body: object): Promise<T> => {
    const answer = await fetch(`${urls.controlUrl}/${command}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    arkUrl: urls.arkUrl,
    esploraUrl: urls.esploraUrl,
    control,
    clock: { now: Date.now, advance: () => undefined },
    chain: {
      mine: (blocks) => control('mine', { blocks }),
      fund: (address, sats) => control('fund', { address, sats: Number(sats) }),
    },
    stop: () => child.disconnect(),
  };
}

interface Cost {
  /** CPU ms of all threads of this process: the engine's compilers and collectors, too. */
  all: number;
  /** CPU ms of the thread that the wallet runs in. */
  main: number;
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

async function cpu(run: () => Promise<unknown>): Promise<Cost> {
  const [all, main] = [process.cpuUsage(), process.threadCpuUsage()];
  await run();
  return { all: milliseconds(process.cpuUsage(all)), main: milliseconds(process.threadCpuUsage(main)) };
}

/** Pays each request in turn; the first few warm the code up and do not count. */
async function costs(payer: Instance, requests: () => Promise<string>): Promise<Cost> {
  const times: Cost[] = [];
  for (let i = 0; i < PAYMENTS; i++) {
    const instruction = await payer.wallet.inspect(await requests());
    const spent = await cpu(async () => {
      const { actionId } = await payer.wallet.pay(instruction, { amount: instruction.amount ?? sats(1000) });
      const outcome = await payer.wallet.outcome(actionId);
      if (outcome.status !== 'paid') throw new Error('a payment of the benchmark failed');
    });
    if (i >= WARMING) times.push(spent);
  }
  return { all: median(times.map((t) => t.all)), main: median(times.map((t) => t.main)) };
}

interface Costs {
  arkoor: Cost;
  lightning: Cost;
}

async function payments(devnet: Child, db?: Db): Promise<Costs> {
  const payer = await newWallet(devnet, { db });
  const payee = await newWallet(devnet);
  try {
    await fund(devnet, payer, FUNDS);
    const { address } = await payee.wallet.newAddress();
    const arkoor = await costs(payer, async () => address);
    const lightning = await costs(
      payer,
      async () => (await devnet.control<{ bolt11: string }>('invoice', { amountSat: 1000 })).bolt11,
    );
    return { arkoor, lightning };
  } finally {
    await payer.close();
    await payee.close();
  }
}

const row = (what: string, found: Cost, emulated: Cost, native: NativePeer, budget?: number): Row => ({
  what,
  value: found.all,
  unit: 'ms',
  budget,
  peers: [
    { name: 'its own thread alone', value: found.main },
    { name: 'with an emulated IndexedDB', value: emulated.all },
    { name: 'ark-lib, signing alone', value: native.arkoorSend / 1000 },
  ],
});

export async function walletRows(native: NativePeer): Promise<Row[]> {
  const devnet = await devnetProcess();
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  try {
    const found = await payments(devnet, openSqlite(join(folder, 'wallet.db')));
    const emulated = await payments(devnet);
    return [
      row('CPU of one arkoor send', found.arkoor, emulated.arkoor, native),
      row('CPU of one lightning send', found.lightning, emulated.lightning, native, 40),
    ];
  } finally {
    devnet.stop();
    rmSync(folder, { recursive: true });
  }
}
