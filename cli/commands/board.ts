// `board`: bitcoin of the on-chain wallet into the Ark. Ends when the funding transaction is out.
import { toHex } from '../../src/crypto/bytes.ts';
import { SkiffError } from '../../src/errors.ts';
import type { BoardState } from '../../src/wallet/actions/board/state.ts';
import { parseAmount } from '../amount.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';
import { actionWhen, stepOf } from '../wait.ts';

export const board: Command = {
  path: ['board'],
  about: 'Board from the onchain wallet into the Ark',
  positionals: [{ name: 'AMOUNT', optional: true, help: 'Amount to board, for example `250000 sats`' }],
  options: [{ name: 'all', help: 'Board all funds of the on-chain wallet' }, NO_SYNC],
  async run(session, { args, output }) {
    const amount = args.positional('AMOUNT');
    if ((amount === undefined) !== args.flag('all')) throw refuse('please provide either an amount or --all');
    const order = amount === undefined ? 'all' : parseAmount(amount);
    await sync(session, args.flag('no-sync'), output);
    const { wallet } = session;
    const { actionId } = await wallet.board(order);
    const row = await actionWhen(session, actionId, (r) => stepOf(r) === 'confirming');
    if (!row) {
      const end = await wallet.outcome(actionId);
      throw end.status === 'failed'
        ? end.error
        : new SkiffError({ code: 'INTERNAL', say: 'The board has ended.' });
    }
    const state = row.state as Extract<BoardState, { step: 'confirming' }>;
    output.json({
      funding_tx: { txid: state.txid, tx: toHex(state.raw ?? state.unsigned) },
      vtxos: [state.coin],
      amount_sat: state.amount - state.fee,
      movement_id: (await wallet.movement(actionId))?.id,
    });
  },
};
