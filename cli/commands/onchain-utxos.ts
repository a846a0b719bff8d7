// `onchain utxos`: what the on-chain wallet can spend.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';

export const onchainUtxos: Command = {
  path: ['onchain', 'utxos'],
  about: "List our wallet's UTXOs",
  options: [NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const utxos = (await session.wallet.onchainUtxos()).filter((u) => u.holder === undefined);
    output.json(
      utxos.map(({ id, value, height }) => ({
        outpoint: id,
        amount_sat: value,
        confirmation_height: height ?? null,
      })),
    );
  },
};
