// `lightning invoice`: makes an invoice.
import { parseAmount } from '../amount.ts';
import type { Command } from '../command.ts';
import { waitForReceive } from '../receive.ts';

export const lightningInvoice: Command = {
  path: ['lightning', 'invoice'],
  about: 'Create a bolt11 invoice with the provided amount',
  positionals: [{ name: 'AMOUNT', help: 'What to receive, for example `250000 sats`' }],
  options: [
    { name: 'description', value: 'DESCRIPTION', help: 'Description to embed in the invoice' },
    { name: 'wait', help: 'Wait for the incoming payment to settle' },
    { name: 'token', value: 'TOKEN', help: 'Token for a server that wants one from wallets without VTXOs' },
  ],
  async run(session, { args, output }) {
    const { invoice, hash } = await session.wallet.receiveLightning({
      amount: parseAmount(args.required('AMOUNT')),
      memo: args.option('description'),
      token: args.option('token'),
    });
    output.json({ invoice });
    if (args.flag('wait')) await waitForReceive(session, hash);
  },
};
