// lnurl(): pays an LNURL or a Lightning address. The service is asked only after the person agreed, and may still refuse:
// that refusal reaches the prompt, where another amount can be chosen. Links that do not ask for a payment are refused.
import { SkiffError } from '../../errors.ts';
import { paymentRequest } from '../argument.ts';
import { method } from '../method.ts';
import { startPayment } from '../payments.ts';
import { askForPayment } from './send-payment.ts';

const KINDS: readonly (string | undefined)[] = ['lnurl', 'lightning-address'];

export const lnurl = method({
  name: 'lnurl',
  params: paymentRequest,
  listed: true,
  async run(context, call) {
    const { kind } = await context.ports.payer.inspect(call.params);
    if (!KINDS.includes(kind)) {
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'lnurl() takes an LNURL or a Lightning address.',
      });
    }
    return { status: 'OK', data: await askForPayment(context, call, 'lnurl') };
  },
  approve: startPayment,
});
