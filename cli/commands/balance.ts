// `balance`: what the wallet holds in the Ark, by category.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';
import { balanceJson } from '../views.ts';

export const balance: Command = {
  path: ['balance'],
  about: 'Get the wallet balance',
  options: [NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    output.json(balanceJson(await session.wallet.balance()));
  },
};
