// `round list|progress|cancel`: refreshes under way.
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
  async run({ wallet }, { args }) {
    if (!args.flag('all') && args.option('round') === undefined)
      throw refuse('must provide either a round id or --all');
    if ((await wallet.rounds()).length === 0) return;
    throw refuse(
      'A delegated round participation cannot be cancelled: it ends when one of its coins is spent.',
    );
  },
};
