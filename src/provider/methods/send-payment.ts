// sendPayment(): one invoice, one question, one preimage; no question within the site's budget. A site that never called
// enable() is asked about with the payment itself. Bad invoices are refused before anyone is bothered.
import { SkiffError } from '../../errors.ts';
import { paymentRequest } from '../argument.ts';
import { method } from '../method.ts';
import type { Call, Context } from '../method.ts';
import { ARGUMENT_PROBLEMS, startPayment } from '../payments.ts';
import { permission } from '../permissions.ts';
import { payWithinBudget } from '../silent.ts';

/**
 * Asks the person about a payment and waits for its end; shared with sendPaymentAsync.
 * @throws SkiffError for an invalid, paid or running invoice, or with the person's answer
 */
export async function askForPayment(context: Context, call: Call<string>, name: string): Promise<object> {
  const { ports, queue } = context;
  const inspected = await ports.payer.inspect(call.params);
  const { problem, paymentHash } = inspected;
  const enabled = (await permission(ports.db, call.site)) !== undefined;
  const ours = await queue.known(call.id);
  const tellAtOnce = problem && (ARGUMENT_PROBLEMS.has(problem.code) || enabled);
  if (tellAtOnce && !ours) throw new SkiffError(problem);
  const params = { paymentRequest: call.params, paymentHash };
  if (!ours && !problem && (await payWithinBudget(context, { ...call, params }, name, inspected)))
    if (name === 'sendPaymentAsync') return {};
  return queue.ask({ ...call, method: name, params });
}

export const sendPayment = method({
  name: 'sendPayment',
  params: paymentRequest,
  listed: true,
  run: (context, call) => askForPayment(context, call, 'sendPayment'),
  approve: startPayment,
});
