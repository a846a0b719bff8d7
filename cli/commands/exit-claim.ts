// `exit claim` and `exit cancel`: the two ways in which a person ends an exit.
import { addressToScript } from '../../src/bitcoin/address.ts';
import { isSkiffError } from '../../src/errors.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { chosen } from '../exits.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';
import { actionWhen } from '../wait.ts';

export const exitClaim: Command = {
  path: ['exit', 'claim'],
  about: 'Claim exited VTXOs',
  positionals: [{ name: 'DESTINATION', help: 'A bitcoin address' }],
  options: [
    NO_SYNC,
    {
      name: 'vtxo',
      value: 'VTXO_ID',
      many: true,
      help: 'The ID of an exited VTXO to be claimed, can be specified multiple times',
    },
    { name: 'all', help: 'Claim all exited VTXOs' },
  ],
  async run(session, { args, output }) {
    const address = args.required('DESTINATION');
    addressToScript(address, session.network);
    const ids = chosen(args.options('vtxo'), args.flag('all'));
    await sync(session, args.flag('no-sync'), output);
    const claimed = await session.wallet.claimExits(ids ?? 'all', address).catch((e: unknown) => {
      throw isSkiffError(e, 'COIN_UNKNOWN') ? refuse(`Unspendable VTXO provided: ${e.details['id']}`) : e;
    });
    // Broadcast, or refused: the first step says which.
    for (const id of claimed.actionIds) {
      const row = await actionWhen(session, id, (r) => r.wakeAt === undefined || r.updatedAt < r.wakeAt);
      if (row?.lastError) output.log.warn(row.lastError.say);
    }
    output.info(`Drain transaction broadcasted: ${claimed.txid}`);
  },
};

export const exitCancel: Command = {
  path: ['exit', 'cancel'],
  about: "Cancel a unilateral exit that hasn't broadcast its final transaction yet",
  positionals: [{ name: 'VTXO', help: 'The VTXO whose unilateral exit should be canceled' }],
  async run({ wallet }, { args, output }) {
    const id = args.required('VTXO');
    await wallet.cancelExit(id);
    output.info(`Canceled unilateral exit for VTXO ${id}`);
  },
};
