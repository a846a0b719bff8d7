// `offer server`: which static-invoice server answers for the offers while this wallet is offline, and how it is reached.
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';

export const offerServer: Command = {
  path: ['offer', 'server'],
  about: 'Show or choose the static-invoice server that answers for the offers while this wallet is offline',
  positionals: [
    { name: 'SERVER', optional: true, help: 'Its node id and address: 02…@wss://host' },
    { name: 'PATHS', optional: true, many: true, help: 'The blinded paths, hex, that its operator gave you' },
  ],
  options: [{ name: 'own', help: "The Ark server's own again" }],
  async run({ wallet }, { args, output }) {
    const server = args.positional('SERVER');
    if (args.flag('own') && server !== undefined) throw refuse('--own goes without a server');
    if (args.flag('own')) await wallet.chooseOfferServer(undefined);
    if (server !== undefined)
      await wallet.chooseOfferServer({ server, paths: args.positionals('PATHS').join(' ') });
    const chosen = await wallet.offerServer();
    const link = await wallet.offerLink();
    output.json({
      server: chosen?.server ?? null,
      paths: chosen?.paths.split('\n') ?? [],
      link: link.via === 'peer' ? link.state.is : 'mailbox',
    });
  },
};
