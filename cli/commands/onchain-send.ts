// `onchain send`: bitcoin of the on-chain wallet to an address. Ends when the transaction is out.
import { addressToScript } from '../../src/bitcoin/address.ts';
import { parseAmount } from '../amount.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sentOnchain } from '../onchain.ts';
import { sync } from '../session.ts';

export const onchainSend: Command = {
  path: ['onchain', 'send'],
  about: 'Send using the on-chain wallet',
  positionals: [
    { name: 'DESTINATION', help: 'A bitcoin address' },
    { name: 'AMOUNT', help: 'Amount to send, for example `250000 sats`' },
  ],
  options: [NO_SYNC],
  async run(session, { args, output }) {
    const destination = args.required('DESTINATION');
    addressToScript(destination, session.network);
    const amount = parseAmount(args.required('AMOUNT'));
    await sync(session, args.flag('no-sync'), output);
    output.json(await sentOnchain(session, session.wallet.sendOnchain(destination, amount)));
  },
};
