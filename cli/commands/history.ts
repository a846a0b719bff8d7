// `history`: every movement, the newest last.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { movementJson } from '../../src/wallet/movements/json.ts';
import { sync } from '../session.ts';

export const history: Command = {
  path: ['history'],
  about: "List the wallet's payments",
  options: [NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    output.json((await session.wallet.history()).map(movementJson).reverse());
  },
};
