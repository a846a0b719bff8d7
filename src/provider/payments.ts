// Payments that a page asked for and a person agreed to, from the yes to the page's answer. Those within a budget, which
// nobody is asked about, start in silent.ts and are followed from here all the same.
import { fromHex, toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { isSkiffError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { SkiffError } from '../errors.ts';
import { approveRequest, completeRequest, failRequest } from '../store/requests.ts';
import type { RequestRow } from '../store/rows.ts';
import { assertTerms, setBudget } from '../store/budgets.ts';
import { enableSite } from '../store/sites.ts';
import type { Sats } from '../units.ts';
import type { Answer, Context } from './method.ts';

export interface PaymentParams {
  paymentRequest: string;
  paymentHash?: string;
}

const paymentOf = (row: RequestRow): PaymentParams => row.params as PaymentParams;

/** Starts the payment of an approved request. @throws SkiffError; the request then still waits for the person */
export async function startPayment(
  context: Context,
  row: RequestRow,
  answer: Answer,
): Promise<{ actionId: string }> {
  const { ports, queue } = context;
  if (row.status !== 'waiting')
    throw new SkiffError({ code: 'STORE_CONFLICT', say: 'This request was already answered.' });
  if (answer.maxTotal === undefined)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The most this payment may cost is missing.' });
  const { id } = row;
  const maxTotal = answer.maxTotal as Sats;
  const site = { topOrigin: row.topOrigin, frameOrigin: row.frameOrigin };
  if (answer.budget) assertTerms(site, answer.budget);
  let actionId: string;
  try {
    const options = { amount: answer.amount, maxTotal, site, requestId: id };
    ({ actionId } = await ports.payer.pay(paymentOf(row).paymentRequest, options));
  } catch (e) {
    if (isSkiffError(e)) queue.noteProblem(id, { code: e.code, say: e.say });
    throw e;
  }
  await ports.db.write(['requests', 'sites'], async (tx) => {
    await approveRequest(tx, id, { maxTotal, actionId }, ports.now());
    if (row.method === 'link') return;
    await enableSite(tx, site, ports.now());
    if (answer.budget) await setBudget(tx, site, answer.budget, ports.now());
  });
  if (row.method === 'sendPaymentAsync') queue.answerEarly(id, {});
  await queue.refreshBadge();
  void followPayment(context, { ...row, actionId });
  return { actionId };
}

/** Waits for the payment's end and writes it into the request. Also called for every approved request at start-up. */
export async function followPayment(context: Context, row: RequestRow & { actionId: string }): Promise<void> {
  const { ports, queue } = context;
  try {
    const outcome = await ports.payer.outcome(row.actionId);
    await queue.finish(row.id, [], (tx) =>
      'error' in outcome
        ? failRequest(tx, row.id, outcome.error, ports.now())
        : completeRequest(tx, row.id, receipt(row, outcome.preimage), ports.now()),
    );
  } catch (e) {
    ports.log(`request ${row.id} could not be followed`, e);
  }
}

/** What the page gets. The hash of an offer or address is known only with the invoice that was made for it. */
const receipt = (
  row: RequestRow,
  preimage: string | undefined,
): { preimage?: string; paymentHash?: string } => ({
  preimage,
  paymentHash: paymentOf(row).paymentHash ?? (preimage && toHex(sha256(fromHex(preimage)))),
});

/** Problems of the request itself: the page is told at once and the person is not bothered. */
export const ARGUMENT_PROBLEMS: ReadonlySet<ErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'INVALID_ENCODING',
  'INVALID_CHECKSUM',
  'INVALID_SIGNATURE',
  'INVALID_INVOICE',
  'INVALID_ADDRESS',
  'INVOICE_EXPIRED',
  'WRONG_NETWORK',
  'UNSUPPORTED',
  'AMOUNT_OUT_OF_RANGE',
  'DUST',
]);
