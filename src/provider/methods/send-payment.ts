// sendPayment(): one invoice, one question, one preimage. A site that never called enable() is asked about with the
// payment itself. Bad invoices are refused before anyone is bothered.
import { SkiffError } from '../../errors.ts';
import { paymentRequest } from '../argument.ts';
import { method } from '../method.ts';
import type { Call, Context } from '../method.ts';
import { ARGUMENT_PROBLEMS, startPayment } from '../payments.ts';
import { permission } from '../permissions.ts';

/**
 * Asks the person about a payment and waits for its end; shared with sendPaymentAsync.
 * @throws SkiffError for an invalid, paid or running invoice, or with the person's answer
 */
export async function askForPayment(context: Context, call: Call<string>, name: string): Promise<object> {
  const { ports, queue } = context;
  const { problem, paymentHash } = await ports.payer.inspect(call.params);
  const enabled = (await permission(ports.db, call.site)) !== undefined;
  const ours = await queue.known(call.id);
  const tellAtOnce = problem && (ARGUMENT_PROBLEMS.has(problem.code) || enabled);
  if (tellAtOnce && !ours) throw new SkiffError(problem);
  return queue.ask({ ...call, method: name, params: { paymentRequest: call.params, paymentHash } });
}

export const sendPayment = method({
  name: 'sendPayment',
  params: paymentRequest,
  listed: true,
  run: (context, call) => askForPayment(context, call, 'sendPayment'),
  approve: startPayment,
});
