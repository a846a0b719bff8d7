// `lightning pay invoice`: pays a BOLT 11 invoice.
import { parseAmount } from '../amount.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { pay } from '../pay.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

export const lightningPayInvoice: Command = {
  path: ['lightning', 'pay', 'invoice'],
  about: 'Pay a bolt11 invoice',
  positionals: [
    { name: 'INVOICE', help: 'The invoice to pay' },
    {
      name: 'AMOUNT',
      optional: true,
      help: 'Required if the invoice has no amount, for example `250000 sats`',
    },
    { name: 'COMMENT', optional: true, help: 'An optional comment' },
  ],
  options: [NO_SYNC, { name: 'wait', help: 'Wait for the payment to be settled' }],
  async run(session, { args, output }) {
    if (args.positional('COMMENT') !== undefined)
      throw refuse('comment is not supported for BOLT-11 invoices');
    const amount = args.positional('AMOUNT');
    const order = {
      destination: args.required('INVOICE'),
      amount: amount === undefined ? undefined : parseAmount(amount),
      wait: args.flag('wait'),
      lightningOnly: true,
    };
    await sync(session, args.flag('no-sync'), output);
    await pay(session, order, output);
  },
};
