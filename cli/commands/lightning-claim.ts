// `lightning claim`: takes in payments that have arrived, one or all.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { isRemembered, noReceive, paymentHashOf, waitForReceive } from '../receive.ts';
import { sync } from '../session.ts';

export const lightningClaim: Command = {
  path: ['lightning', 'claim'],
  about: 'Claim the receipt of an invoice',
  positionals: [
    {
      name: 'PAYMENT',
      optional: true,
      help: 'Payment hash or invoice to claim; all pending payments if absent',
    },
  ],
  options: [{ name: 'wait', help: 'Wait for the incoming payment to settle' }, NO_SYNC],
  async run(session, { args, output }) {
    const { wallet } = session;
    const given = args.positional('PAYMENT');
    const hash = given === undefined ? undefined : paymentHashOf(given, 'invalid invoice or payment hash');
    const pending = (await wallet.invoices('open')).filter(isRemembered).map((row) => row.hash);
    await sync(session, args.flag('no-sync'), output);
    await wallet.resume();
    if (hash !== undefined) {
      const row = await wallet.invoice(hash);
      if (!row || !isRemembered(row)) throw noReceive();
    }
    if (!args.flag('wait')) return;
    for (const one of hash === undefined ? pending : [hash]) await waitForReceive(session, one);
  },
};
