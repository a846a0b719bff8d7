// Paying from the command line: `send` takes anything that can be paid, `lightning pay invoice` Lightning only.
import { SkiffError } from '../src/errors.ts';
import { whyNot } from '../src/lightning/payment-request.ts';
import type { Sats } from '../src/units.ts';
import type { Instruction, Outcome } from '../src/wallet/wallet.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';
import { actionWhen, stepOf } from './wait.ts';

export interface PayOrder {
  destination: string;
  amount?: Sats;
  /** Wait for the end of a Lightning payment, not only for its start. */
  wait: boolean;
  /** Which of several payable ways to take, from 0. */
  methodIndex?: number;
  lightningOnly?: boolean;
}

/** Steps of a Lightning payment in which the server is paying, or has failed to. */
const UNDER_WAY = new Set(['initiated', 'revocable', 'stuck']);

function chosen(instruction: Instruction, { methodIndex, lightningOnly }: PayOrder): string {
  const payable = instruction.options.filter((o) => o.problems.length === 0);
  const option = methodIndex === undefined ? instruction.choice : payable[methodIndex];
  if (payable.length > 1 && methodIndex !== undefined && !option) {
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'Could not pick method by index' });
  }
  const { method } = option ?? instruction.choice ?? {};
  if (!method) throw whyNot(instruction) ?? noMethod();
  if (lightningOnly && method.kind !== 'invoice') throw notLightning();
  return method.text;
}

const noMethod = (): SkiffError =>
  new SkiffError({ code: 'UNSUPPORTED', say: 'no valid payment methods found' });
const notLightning = (): SkiffError =>
  new SkiffError({ code: 'INVALID_INVOICE', say: 'argument is not a valid BOLT-11 invoice' });

async function ended(outcome: Promise<Outcome>): Promise<Extract<Outcome, { status: 'paid' }>> {
  const end = await outcome;
  if (end.status === 'failed') throw end.error;
  return end;
}

/** Pays. @throws SkiffError when the payment could not be started, or failed while we waited for it. */
export async function pay(session: Session, order: PayOrder, output: Output): Promise<void> {
  const { wallet } = session;
  const instruction = await wallet.inspect(order.destination);
  const text = chosen(instruction, order);
  // A method inside of a link is paid by itself; the link's amount goes with it.
  const single = await wallet.inspect(text);
  const amount = order.amount ?? (single.amount === undefined ? instruction.amount : undefined);
  const { actionId, paymentHash } = await wallet.pay(single, { amount });
  if (paymentHash === undefined) {
    const { delivered } = await ended(wallet.outcome(actionId));
    if (!delivered) output.log.warn('sent, but the recipient could not be told yet; that is tried again');
    output.info(`Payment sent: movement id = ${(await wallet.movement(actionId))?.id}`);
    return;
  }
  const row = order.wait ? undefined : await actionWhen(session, actionId, (r) => UNDER_WAY.has(stepOf(r)));
  if (row) return output.info(`Payment initiated: hash = ${paymentHash}`);
  await ended(wallet.outcome(actionId));
  output.info(`Payment completed: hash = ${paymentHash}`);
}
