// `lightning receive cancel`: calls an invoice off.
import type { Command } from '../command.ts';
import { isRemembered, noReceive, paymentHashOf } from '../receive.ts';

export const lightningReceiveCancel: Command = {
  path: ['lightning', 'receive', 'cancel'],
  about: 'Cancel a pending lightning receive',
  positionals: [{ name: 'PAYMENT', help: 'Payment hash or invoice to cancel' }],
  async run({ wallet }, { args, output }) {
    const hash = paymentHashOf(args.required('PAYMENT'), 'filter is not valid payment hash nor invoice');
    const row = await wallet.invoice(hash);
    if (!row || !isRemembered(row)) throw noReceive();
    await wallet.cancelInvoice(hash);
    output.info('Lightning receive canceled successfully');
  },
};
