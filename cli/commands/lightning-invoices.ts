// `lightning invoices`: what can still be paid or claimed, the newest last.
import type { Command } from '../command.ts';
import { isRemembered, receiveJson } from '../receive.ts';

export const lightningInvoices: Command = {
  path: ['lightning', 'invoices'],
  about: 'List all generated invoices',
  async run(session, { output }) {
    const open = (await session.wallet.invoices('open')).filter(isRemembered).reverse();
    const all = [];
    for (const row of open) all.push(await receiveJson(session, row));
    output.json(all);
  },
};
