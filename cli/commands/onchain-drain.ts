// `onchain drain`: all bitcoin of the on-chain wallet to an address. Ends when the transaction is out.
import { addressToScript } from '../../src/bitcoin/address.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sentOnchain } from '../onchain.ts';
import { sync } from '../session.ts';

export const onchainDrain: Command = {
  path: ['onchain', 'drain'],
  about: 'Send all wallet funds to provided destination',
  positionals: [{ name: 'DESTINATION', help: 'A bitcoin address' }],
  options: [NO_SYNC],
  async run(session, { args, output }) {
    const destination = args.required('DESTINATION');
    addressToScript(destination, session.network);
    await sync(session, args.flag('no-sync'), output);
    output.json(await sentOnchain(session, session.wallet.sendOnchain(destination, 'all')));
  },
};
