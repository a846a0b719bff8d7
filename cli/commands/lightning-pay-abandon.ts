// `lightning pay abandon`: gives up on the payment of a BOLT 12 invoice. What is under way ends as it ends.
import type { Command } from '../command.ts';
import { readPaymentId } from '../payment-id.ts';

export const lightningPayAbandon: Command = {
  path: ['lightning', 'pay', 'abandon'],
  about: 'Give up on the payment of a bolt12 invoice',
  positionals: [{ name: 'PAYMENT_ID', help: 'Id of the payment, as it was told when it started' }],
  async run({ wallet }, { args, output }) {
    const id = readPaymentId(args.required('PAYMENT_ID'));
    await wallet.abandonPayment(id);
    const end = await wallet.paymentEnd(id);
    output.json({
      state: end?.event ?? 'Abandoned',
      reason: end?.event === 'PaymentFailed' ? end.reason : null,
    });
  },
};
