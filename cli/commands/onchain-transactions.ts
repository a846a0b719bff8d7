// `onchain transactions`: what paid the on-chain wallet and what it paid, the newest last.
import { onchainTxJson } from '../views.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { allOnchainTxs, onchainTxTables } from '../../src/store/onchain-txs.ts';
import { sync } from '../session.ts';

export const onchainTransactions: Command = {
  path: ['onchain', 'transactions'],
  about: "List our wallet's transactions",
  options: [NO_SYNC],
  async run(session, { args, output }) {
    const offline = args.flag('no-sync');
    await sync(session, offline, output);
    const rows = offline
      ? await session.db.read(onchainTxTables, allOnchainTxs)
      : await session.wallet.onchainTransactions();
    output.json(rows.filter((row) => row.replacedBy === undefined).map(onchainTxJson));
  },
};
