// `onchain send-many`: several payments in one transaction. Ends when the transaction is out.
import { addressToScript } from '../../src/bitcoin/address.ts';
import { parseAmount } from '../amount.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sentOnchain } from '../onchain.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

/** Time to press Ctrl-C. */
const PAUSE_MS = 10_000;

export const onchainSendMany: Command = {
  path: ['onchain', 'send-many'],
  about: 'Send using the on-chain wallet to multiple destinations',
  options: [
    {
      name: 'destination',
      value: 'DESTINATIONS',
      many: true,
      help: 'Adds an output to the given address, for example bc1pfq...:10000sat; can be given several times',
    },
    { name: 'immediate', help: 'Sends at once instead of printing the summary before' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const to = args.options('destination').map((text) => {
      const at = text.indexOf(':');
      if (at < 0) throw refuse('invalid destination format, expected address:amount');
      const address = text.slice(0, at);
      addressToScript(address, session.network);
      return { address, amount: parseAmount(text.slice(at + 1)) };
    });
    if (to.length === 0) throw refuse('the required argument --destination was not provided');
    output.info('Attempting to send the following:');
    for (const { address, amount } of to) output.info(`${amount} sat to ${address}`);
    if (!args.flag('immediate')) {
      output.info('Will continue after 10 seconds...');
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    await sync(session, args.flag('no-sync'), output);
    output.json(await sentOnchain(session, session.wallet.sendOnchainMany(to)));
  },
};
