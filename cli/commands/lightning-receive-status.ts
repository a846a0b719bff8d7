// `lightning receive status`: what became of a payment to us.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { filteredHash, isRemembered, noReceive, PREIMAGE, receiveJson } from '../receive.ts';
import { sync } from '../session.ts';

export const lightningReceiveStatus: Command = {
  path: ['lightning', 'receive', 'status'],
  about: 'Get the status of an incoming lightning payment',
  positionals: [{ name: 'FILTER', optional: true, help: 'Payment hash or invoice' }],
  options: [PREIMAGE, NO_SYNC],
  async run(session, { args, output }) {
    const hash = filteredHash(args);
    await sync(session, args.flag('no-sync'), output);
    const row = await session.wallet.invoice(hash);
    if (!row || !isRemembered(row)) throw noReceive();
    output.json(await receiveJson(session, row));
  },
};
