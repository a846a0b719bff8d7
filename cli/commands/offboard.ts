// `offboard` and `send-onchain`: Ark coins become a bitcoin output. Both end when the transaction is signed.
import { SkiffError } from '../../src/errors.ts';
import type { OffboardOrder } from '../../src/wallet/actions/offboard/start.ts';
import { parseAmount } from '../amount.ts';
import type { Command } from '../command.ts';
import { NO_SYNC } from '../command.ts';
import type { Output } from '../output.ts';
import { refuse } from '../refuse.ts';
import { sync, type Session } from '../session.ts';
import { actionWhen, stepOf } from '../wait.ts';

async function carryOut(session: Session, order: OffboardOrder, output: Output): Promise<void> {
  const { wallet } = session;
  const { actionId } = await wallet.offboard(order);
  const row = await actionWhen(session, actionId, (r) => stepOf(r) === 'confirming');
  const line = await wallet.movement(actionId);
  if (!row && line?.status !== 'successful') {
    const end = await wallet.outcome(actionId);
    throw end.status === 'failed'
      ? end.error
      : new SkiffError({ code: 'INTERNAL', say: 'The payment has ended.' });
  }
  output.json({ offboard_txid: line?.metadata['offboard_txid'], movement_id: line?.id });
}

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
    await carryOut(session, { address, coins: wanted.length > 0 ? wanted : 'all' }, output);
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
    await carryOut(session, { address: args.required('DESTINATION'), amount }, output);
  },
};
