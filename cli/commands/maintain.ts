// `maintain`: everything that keeps the wallet in order. Unlike the sync before other commands, its failure is one.
import type { Command } from '../command.ts';

export const maintain: Command = {
  path: ['maintain'],
  about: 'Run wallet maintenance',
  options: [{ name: 'delegated', help: 'Perform the maintenance in delegated (non-interactive) mode' }],
  async run({ wallet }) {
    // A refresh whose process died before its round began: its coins are free again, and handed in when due.
    for (const { id, state } of await wallet.rounds())
      if (state.step === 'attending') await wallet.cancelRound(id);
    await wallet.maintain();
  },
};
