// sendPaymentAsync(): as sendPayment, but the page is answered as soon as the payment is durably under way.
import { paymentRequest } from '../argument.ts';
import { method } from '../method.ts';
import { startPayment } from '../payments.ts';
import { askForPayment } from './send-payment.ts';

export const sendPaymentAsync = method({
  name: 'sendPaymentAsync',
  params: paymentRequest,
  listed: true,
  async run(context, call) {
    const before = await context.queue.known(call.id);
    if (before?.status !== 'approved') await askForPayment(context, call, 'sendPaymentAsync');
    return {};
  },
  approve: startPayment,
});
