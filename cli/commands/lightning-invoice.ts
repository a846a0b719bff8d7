// `lightning invoice`: makes an invoice; `lightning invoice-for-address`: one whose money goes to an Ark address.
import { parseAmount } from '../amount.ts';
import type { OptionSpec } from '../args.ts';
import type { Command, Context } from '../command.ts';
import { waitForReceive } from '../receive.ts';
import type { Session } from '../session.ts';

const DESCRIPTION: OptionSpec = {
  name: 'description',
  value: 'DESCRIPTION',
  help: 'Description to embed in the invoice',
};
const TOKEN: OptionSpec = {
  name: 'token',
  value: 'TOKEN',
  help: 'Token for a server that wants one from wallets without VTXOs',
};

async function make(session: Session, { args, output }: Context, claimTo?: string): Promise<void> {
  const { invoice, hash } = await session.wallet.receiveLightning({
    amount: parseAmount(args.required('AMOUNT')),
    memo: args.option(DESCRIPTION.name),
    token: args.option(TOKEN.name),
    claimTo,
  });
  output.json({ invoice });
  if (args.flag('wait')) await waitForReceive(session, hash);
}

export const lightningInvoice: Command = {
  path: ['lightning', 'invoice'],
  about: 'Create a bolt11 invoice with the provided amount',
  positionals: [{ name: 'AMOUNT', help: 'What to receive, for example `250000 sats`' }],
  options: [DESCRIPTION, { name: 'wait', help: 'Wait for the incoming payment to settle' }, TOKEN],
  run: (session, context) => make(session, context),
};

export const lightningInvoiceForAddress: Command = {
  path: ['lightning', 'invoice-for-address'],
  about: 'Create a bolt11 invoice that forwards the received Ark VTXO to an Ark address',
  positionals: [
    { name: 'ADDRESS', help: 'Ark address that will receive the claimed VTXO' },
    { name: 'AMOUNT', help: 'Invoice amount' },
  ],
  options: [
    DESCRIPTION,
    { name: 'wait', help: 'Wait for the incoming payment to settle and be delivered' },
    TOKEN,
  ],
  run: (session, context) => make(session, context, context.args.required('ADDRESS')),
};
