// `lightning pay invoice`: pays an invoice, an offer, a Lightning address or an LNURL.
import { parseAmount } from '../amount.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { pay, RETRY_FOR, retryFor } from '../pay.ts';
import { PAYMENT_ID, paymentId } from '../payment-id.ts';
import { sync } from '../session.ts';

export const lightningPayInvoice: Command = {
  path: ['lightning', 'pay', 'invoice'],
  about: 'Pay a bolt11 invoice',
  positionals: [
    { name: 'INVOICE', help: 'The invoice, offer, Lightning address or LNURL to pay' },
    {
      name: 'AMOUNT',
      optional: true,
      help: 'Required if the invoice has no amount, for example `250000 sats`; of a bolt12 invoice a part',
    },
    { name: 'COMMENT', optional: true, help: 'An optional comment' },
  ],
  options: [NO_SYNC, { name: 'wait', help: 'Wait for the payment to be settled' }, RETRY_FOR, PAYMENT_ID],
  async run(session, { args, output }) {
    const amount = args.positional('AMOUNT');
    const order = {
      destination: args.required('INVOICE'),
      amount: amount === undefined ? undefined : parseAmount(amount),
      comment: args.positional('COMMENT'),
      wait: args.flag('wait'),
      retryFor: retryFor(args),
      lightningOnly: true,
      paymentId: paymentId(args),
    };
    await sync(session, args.flag('no-sync'), output);
    await pay(session, order, output);
  },
};
