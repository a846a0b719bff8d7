// `onchain bump`: speeds up a transaction of the on-chain wallet that waits. bark has no such command.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { satPerVb, sentOnchain } from '../onchain.ts';
import { sync } from '../session.ts';

export const onchainBump: Command = {
  path: ['onchain', 'bump'],
  about: 'Speed up a waiting transaction of the on-chain wallet',
  positionals: [{ name: 'TXID', help: 'The transaction' }],
  options: [
    { name: 'fee-rate', value: 'FEE_RATE', help: 'In sats/kvB; the rate for the next block by default' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const rate = satPerVb(args.option('fee-rate'));
    await sync(session, args.flag('no-sync'), output);
    output.json(await sentOnchain(session, session.wallet.bumpOnchain(args.required('TXID'), rate)));
  },
};
