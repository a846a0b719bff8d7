// CPU of whole payments in the wallet: everything between `pay` and the end of the action, network client and store
// (fake-indexeddb) included, the devnet in another process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { sats } from '../../src/units.ts';
import { fund, newWallet, type Instance, type Surroundings } from '../integration/support/wallets.ts';
import { median, type Row } from './measure.ts';
import type { NativePeer } from './native.ts';

const PAYMENTS = 15;
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

/** Milliseconds of CPU that `run` costs this process. */
async function cpu(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Pays each request in turn; the first few warm the code up and do not count. */
async function costs(payer: Instance, requests: () => Promise<string>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PAYMENTS; i++) {
    const instruction = await payer.wallet.inspect(await requests());
    const spent = await cpu(async () => {
      const { actionId } = await payer.wallet.pay(instruction, { amount: instruction.amount ?? sats(1000) });
      const outcome = await payer.wallet.outcome(actionId);
      if (outcome.status !== 'paid') throw new Error('a payment of the benchmark failed');
    });
    if (i >= 5) times.push(spent);
  }
  return median(times);
}

export async function walletRows(native: NativePeer): Promise<Row[]> {
  const devnet = await devnetProcess();
  try {
    const payer = await newWallet(devnet);
    const payee = await newWallet(devnet);
    await fund(devnet, payer, FUNDS);
    const { address } = await payee.wallet.newAddress();
    const peers = [{ name: 'ark-lib, signing alone', value: native.arkoorSend / 1000 }];
    const arkoor = await costs(payer, async () => address);
    const lightning = await costs(
      payer,
      async () => (await devnet.control<{ bolt11: string }>('invoice', { amountSat: 1000 })).bolt11,
    );
    await payer.close();
    await payee.close();
    return [
      { what: 'CPU of one arkoor send', value: arkoor, unit: 'ms', peers },
      { what: 'CPU of one lightning send', value: lightning, unit: 'ms', peers, budget: 40 },
    ];
  } finally {
    devnet.stop();
  }
}
