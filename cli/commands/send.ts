// `send`: pays anything that can be paid.
import { parseAmount } from '../amount.ts';
import { UsageError } from '../args.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { pay, RETRY_FOR, retryFor } from '../pay.ts';
import { sync } from '../session.ts';

export const send: Command = {
  path: ['send'],
  about: 'Send a payment to an Ark, Lightning, Bitcoin or BIP-321 destination',
  positionals: [
    {
      name: 'DESTINATION',
      help: 'Ark address, BOLT11 invoice, BOLT12 offer, Lightning address, LNURL or BIP321 payment URI',
    },
    {
      name: 'AMOUNT',
      optional: true,
      help: 'Amount to send, for example `250000 sats` (optional where the request names one)',
    },
    { name: 'COMMENT', optional: true, help: 'An optional comment (Lightning address or LNURL)' },
  ],
  options: [
    NO_SYNC,
    { name: 'wait', help: 'Wait for the payment to be completed' },
    RETRY_FOR,
    { name: 'method-index', value: 'METHOD_INDEX', help: 'Which of several payment methods to take, from 0' },
  ],
  async run(session, { args, output }) {
    const amount = args.positional('AMOUNT');
    const methodIndex = args.option('method-index');
    if (methodIndex !== undefined && !/^\d{1,3}$/.test(methodIndex)) {
      throw new UsageError(`invalid value '${methodIndex}' for '--method-index'`);
    }
    const order = {
      destination: args.required('DESTINATION'),
      amount: amount === undefined ? undefined : parseAmount(amount),
      comment: args.positional('COMMENT'),
      wait: args.flag('wait'),
      retryFor: retryFor(args),
      methodIndex: methodIndex === undefined ? undefined : Number(methodIndex),
    };
    await sync(session, args.flag('no-sync'), output);
    await pay(session, order, output);
  },
};
