// `round list|progress|cancel`: refreshes under way.
import { isSkiffError } from '../../src/errors.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { roundJson } from '../rounds.ts';

export const roundList: Command = {
  path: ['round', 'list'],
  about: 'List pending round participations',
  async run({ wallet, deps }, { output }) {
    const rows = await wallet.rounds();
    const lines = await Promise.all(
      rows.map(async (row) => {
        const line = await wallet.movement(row.id);
        return line ? [roundJson(deps, row, line)] : [];
      }),
    );
    output.json(lines.flat());
  },
};

export const roundProgress: Command = {
  path: ['round', 'progress'],
  about: 'Progress all rounds',
  options: [{ name: 'continue', help: 'Keep continuing until finished' }],
  async run({ wallet }, { args }) {
    await wallet.sync();
    if (!args.flag('continue')) return;
    await wallet.attendRounds();
    for (const { id } of await wallet.rounds()) await wallet.outcome(id);
  },
};

export const roundCancel: Command = {
  path: ['round', 'cancel'],
  about: 'Cancel a pending round',
  options: [
    { name: 'round', value: 'ROUND', help: 'The round to cancel' },
    { name: 'all', help: 'Cancel all pending rounds' },
  ],
  async run({ wallet }, { args, output }) {
    const wanted = args.option('round');
    const all = args.flag('all');
    if (!all && wanted === undefined) throw refuse('must provide either a round id or --all');
    for (const { id } of await wallet.rounds()) {
      const line = await wallet.movement(id);
      if (!all && String(line?.id) !== wanted) continue;
      try {
        await wallet.cancelRound(id);
      } catch (e) {
        // Of several, those that can be called off are.
        if (!all || !isSkiffError(e, 'PAYMENT_IN_PROGRESS')) throw e;
        output.log.warn(e.say, { round: line?.id });
      }
    }
  },
};
