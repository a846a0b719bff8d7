// `onchain balance`: bitcoin of the on-chain wallet.
import { onchainAddresses } from '../../src/store/onchain.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';
import { onchainBalanceJson } from '../views.ts';

export const onchainBalance: Command = {
  path: ['onchain', 'balance'],
  about: 'Get the on-chain balance',
  options: [NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const addresses = await session.db.read(['onchain'], onchainAddresses);
    const change = new Set(addresses.filter((a) => a.purpose === 'change').map((a) => a.index));
    output.json(onchainBalanceJson(await session.wallet.onchainUtxos(), change));
  },
};
