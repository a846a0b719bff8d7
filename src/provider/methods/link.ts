// A click on a `lightning:` link. There is no page to tell what is wrong with it, so the prompt shows it, whatever it is.
import { paymentRequest } from '../argument.ts';
import { method } from '../method.ts';
import { startPayment } from '../payments.ts';

export const link = method({
  name: 'link',
  params: paymentRequest,
  listed: false,
  // It is the person who pressed it, not the site that asks.
  unblockable: true,
  async run({ ports, queue }, call) {
    const { paymentHash } = await ports.payer.inspect(call.params);
    return queue.ask({ ...call, method: 'link', params: { paymentRequest: call.params, paymentHash } });
  },
  approve: startPayment,
});
