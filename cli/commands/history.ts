// `history`: every movement, the newest last.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';
import { movementJson } from '../views.ts';

export const history: Command = {
  path: ['history'],
  about: "List the wallet's payments",
  options: [NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    output.json((await session.wallet.history()).map(movementJson).reverse());
  },
};
