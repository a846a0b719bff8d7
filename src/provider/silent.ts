// Payments within a site's budget: nobody is asked. Only for an invoice that fixes its own amount (of BOLT 11: one of BOLT 12
// that nobody requested is shown to a person, always), only for a page of one origin, only while the wallet is unlocked. Whether it fits is decided where the payment starts, in one transaction
// with the reservation (src/store/budgets.ts), so a look beforehand saves work but grants nothing.
import { isSkiffError } from '../errors.ts';
import { silentMaximum } from '../store/budgets.ts';
import { isOneOrigin } from '../store/sites.ts';
import type { Call, Context } from './method.ts';
import { followPayment } from './payments.ts';
import type { PaymentParams } from './payments.ts';
import { permission } from './permissions.ts';
import type { Inspected } from './ports.ts';

/**
 * Starts the payment if the budget covers it; the request is then on file as approved. Otherwise (false) nothing
 * has happened and the person is to be asked. @throws SkiffError when it fits but cannot be paid; nobody is bothered with that
 */
export async function payWithinBudget(
  context: Context,
  call: Call<PaymentParams>,
  method: string,
  { kind, fixedAmount }: Inspected,
): Promise<boolean> {
  const { ports } = context;
  const { id, site, params } = call;
  if (!isOneOrigin(site) || kind !== 'invoice' || fixedAmount === undefined) return false;
  const allowed = await permission(ports.db, site);
  if (fixedAmount > silentMaximum(allowed, ports.now())) return false;
  if ((await ports.lockState()) !== 'unlocked') return false;
  try {
    const options = { site, requestId: id, silent: { method, params } };
    const { actionId } = await ports.payer.pay(params.paymentRequest, options);
    void followPayment(context, { ...(await context.queue.row(id)), actionId });
    return true;
  } catch (e) {
    if (isSkiffError(e, 'BUDGET_EXCEEDED') || isSkiffError(e, 'LOCKED')) return false;
    throw e;
  }
}
