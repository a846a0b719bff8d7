// `exit start`: lets coins leave by the chain, without the server.
import { loadCoins } from '../../src/wallet/coins/load.ts';
import { canLeave } from '../../src/wallet/exits/last-resort.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

export const exitStart: Command = {
  path: ['exit', 'start'],
  about: "To start an exit of a specific set of VTXO's or all offchain funds",
  options: [
    {
      name: 'vtxo',
      value: 'VTXO_ID',
      many: true,
      help: 'The ID of a VTXO to unilaterally exit, can be specified multiple times',
    },
    { name: 'all', help: "Whether to exit all VTXO's, either this or --vtxo must be specified" },
  ],
  async run(session, { args, output }) {
    const [ids, all] = [args.options('vtxo'), args.flag('all')];
    if (!all && ids.length === 0) throw refuse('No exit to start. Use either the --vtxo or --all flag.');
    await sync(session, false, output);
    const { wallet, deps } = session;
    if (!all) return wallet.startExit(ids);
    const spendable = (await wallet.coins()).filter((c) => c.state === 'spendable').map((c) => c.id);
    const coins = await loadCoins(deps, spendable);
    const leaving = coins.filter(({ vtxo }) => canLeave(deps.ports.curve, vtxo)).map(({ row }) => row.id);
    if (leaving.length < coins.length)
      output.log.warn('coins that are too small cannot leave', { coins: coins.length - leaving.length });
    if (leaving.length > 0) await wallet.startExit(leaving);
  },
};
