// `exit progress`: brings exits a step further, or with --wait as far as the chain lets them.
import type { Command } from '../command.ts';
import { isPending, progressJson } from '../exits.ts';
import { satPerVb } from '../onchain.ts';
import { sync } from '../session.ts';
import type { Session } from '../session.ts';
import type { Output } from '../output.ts';
import { begun } from './exit-status.ts';

const PAUSE_MS = 60_000;

/** From here on the next block costs this much. */
function setFastRate({ deps: { ports } }: Session, fast: number): void {
  const { chain } = ports;
  const rates = chain.feeRates.bind(chain);
  chain.feeRates = async () => ({ ...(await rates()), fast });
}

async function once(session: Session, output: Output) {
  await sync(session, false, output);
  // The package goes out with one step, what it led to is seen with the next.
  await session.wallet.resume();
  const list = await begun(session, false);
  const heights = list.map((p) => p.claimableHeight);
  return {
    exits: await Promise.all(list.map((p) => progressJson(session, p))),
    done: !list.some(isPending),
    claimable_height:
      heights.length === 0 || heights.includes(undefined) ? null : Math.max(...(heights as number[])),
  };
}

export const exitProgress: Command = {
  path: ['exit', 'progress'],
  about: 'Progress the exit until it completes',
  options: [
    { name: 'wait', help: 'Wait until the exit is completed; this might take several hours or days' },
    { name: 'fee-rate', value: 'FEE_RATE', help: 'In sats/kvB, for the exit transactions' },
  ],
  async run(session, { args, output }) {
    const rate = satPerVb(args.option('fee-rate'));
    if (rate !== undefined) setFastRate(session, rate);
    let status = await once(session, output);
    while (args.flag('wait') && !status.done) {
      output.info('Sleeping for a minute, then will continue...');
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      status = await once(session, output);
    }
    output.json(status);
  },
};
