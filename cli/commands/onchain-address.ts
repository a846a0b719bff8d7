// `onchain address`: a bitcoin address of the on-chain wallet. What arrives there stays on-chain until it is boarded.
import type { Command } from '../command.ts';

export const onchainAddress: Command = {
  path: ['onchain', 'address'],
  about: 'Get an on-chain address',
  async run({ wallet }, { output }) {
    output.json({ address: await wallet.onchainAddress() });
  },
};
