// `offboard` and `send-onchain`: Ark coins become a bitcoin output. Both end when the transaction is signed.
import { parseAmount } from '../amount.ts';
import type { Command } from '../command.ts';
import { NO_SYNC } from '../command.ts';
import { offboardNow } from '../offboard.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

export const offboard: Command = {
  path: ['offboard'],
  about: 'Turn VTXOs into UTXOs',
  options: [
    {
      name: 'address',
      value: 'ADDRESS',
      help: 'Where to; an address of the on-chain wallet if none is given',
    },
    {
      name: 'vtxo',
      value: 'VTXO_ID',
      many: true,
      help: 'A VTXO to offboard, can be specified multiple times',
    },
    { name: 'all', help: 'Offboard all VTXOs' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const wanted = args.options('vtxo');
    if (wanted.length === 0 && !args.flag('all'))
      throw refuse('Either --vtxo or --all must be provided to offboard');
    await sync(session, args.flag('no-sync'), output);
    const address = args.option('address') ?? (await session.wallet.onchainAddress());
    output.json(await offboardNow(session, { address, coins: wanted.length > 0 ? wanted : 'all' }));
  },
};

export const sendOnchain: Command = {
  path: ['send-onchain'],
  about: 'Send money from your VTXOs to an onchain address',
  positionals: [
    { name: 'DESTINATION', help: 'The bitcoin address' },
    { name: 'AMOUNT', help: 'Amount to send, for example `250000 sats`' },
  ],
  options: [NO_SYNC],
  async run(session, { args, output }) {
    const amount = parseAmount(args.required('AMOUNT'));
    await sync(session, args.flag('no-sync'), output);
    output.json(await offboardNow(session, { address: args.required('DESTINATION'), amount }));
  },
};
