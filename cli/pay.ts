// Paying from the command line: `send` takes anything that can be paid, `lightning pay invoice` Lightning only.
import { toHex } from '../src/crypto/bytes.ts';
import { SkiffError } from '../src/errors.ts';
import type { Bolt12Invoice } from '../src/lightning/bolt12/invoice.ts';
import { isLightning, takeOption, whyNot } from '../src/lightning/payment-request.ts';
import type { StartedPayment } from '../src/offers/pay/pay.ts';
import { msatsToSatsUp, type Sats } from '../src/units.ts';
import { takesComment } from '../src/wallet/quote.ts';
import type { Instruction, Outcome } from '../src/wallet/wallet.ts';
import { UsageError } from './args.ts';
import type { OptionSpec, ParsedArgs } from './args.ts';
import { offboardNow } from './offboard.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';
import { actionWhen, stepOf } from './wait.ts';

export interface PayOrder {
  destination: string;
  amount?: Sats;
  comment?: string;
  /** Seconds. */
  retryFor?: number;
  /** Wait for the end of a Lightning payment, not only for its start. */
  wait: boolean;
  /** Which of several payable ways to take, from 0. */
  methodIndex?: number;
  lightningOnly?: boolean;
  /** 32 bytes; for a BOLT 12 invoice that came from elsewhere, drawn when left out. */
  paymentId?: Uint8Array;
}

export const RETRY_FOR: OptionSpec = {
  name: 'retry-for',
  value: 'SECONDS',
  help: 'How long the server should keep trying to pay; it decides when left out',
};

/** Seconds of {@link RETRY_FOR}. @throws UsageError */
export function retryFor(args: ParsedArgs): number | undefined {
  const given = args.option(RETRY_FOR.name);
  if (given !== undefined && !/^\d{1,9}$/.test(given))
    throw new UsageError(`invalid value '${given}' for '--retry-for'`);
  return given === undefined ? undefined : Number(given);
}

/** Steps of a Lightning payment in which the server is paying, or has failed to. */
const UNDER_WAY = new Set(['initiated', 'revocable', 'stuck']);

function chosen(instruction: Instruction, order: PayOrder): Instruction {
  const { methodIndex, lightningOnly, comment } = order;
  const payable = instruction.options.filter((o) => o.problems.length === 0);
  const option = methodIndex === undefined ? instruction.choice : payable[methodIndex];
  if (payable.length > 1 && methodIndex !== undefined && !option) {
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'Could not pick method by index' });
  }
  const taken = option ?? instruction.choice;
  if (!taken) throw whyNot(instruction) ?? noMethod();
  const { method } = taken;
  if (lightningOnly && !isLightning(method)) throw notLightning();
  if (comment !== undefined && !takesComment(method)) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: `comment is not supported for ${COMMENTLESS[method.kind] ?? 'this destination'}`,
    });
  }
  return takeOption(instruction, taken);
}

/** bark's words. */
const COMMENTLESS: Readonly<Record<string, string>> = {
  invoice: 'BOLT-11 invoices',
  offer: 'BOLT-12 offers',
};

const noMethod = (): SkiffError =>
  new SkiffError({ code: 'UNSUPPORTED', say: 'no valid payment methods found' });
const notLightning = (): SkiffError =>
  new SkiffError({
    code: 'INVALID_INVOICE',
    say: 'argument is not a valid BOLT-11 invoice, BOLT-12 offer, Lightning address or LNURL',
  });

async function ended(outcome: Promise<Outcome>): Promise<Extract<Outcome, { status: 'paid' }>> {
  const end = await outcome;
  if (end.status === 'failed') throw end.error;
  return end;
}

/** Pays. @throws SkiffError when the payment could not be started, or failed while we waited for it. */
export async function pay(session: Session, order: PayOrder, output: Output): Promise<void> {
  const { wallet } = session;
  const instruction = chosen(await wallet.inspect(order.destination), order);
  const { amount, comment, retryFor } = order;
  const { method } = instruction.choice ?? {};
  // As bark does: with Ark coins. `onchain send` pays from the on-chain wallet.
  if (method?.kind === 'bitcoin')
    return payBitcoin(session, method.text, amount ?? instruction.amount, output);
  const { actionId, paymentHash } =
    method?.kind === 'bolt12-invoice'
      ? await payBolt12(session, method.invoice, order, output)
      : await wallet.pay(instruction, { amount, comment, retryFor });
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

/** An amount below the invoice's is a part of it: others pay the rest. */
async function payBolt12(
  { wallet, deps }: Session,
  invoice: Bolt12Invoice,
  { amount, retryFor, paymentId = deps.ports.random(32) }: PayOrder,
  output: Output,
): Promise<StartedPayment> {
  const started = await wallet.payForBolt12Invoice(invoice.text, paymentId, {
    verify: 'unrequested',
    // A fraction of a satoshi is rounded up by us.
    ...(amount !== undefined && amount !== msatsToSatsUp(invoice.amount) && { amountMsats: amount * 1000n }),
    ...(retryFor !== undefined && { retry: { timeoutSecs: retryFor } }),
  });
  output.info(`Payment id: ${toHex(paymentId)}`);
  return started;
}

async function payBitcoin(
  session: Session,
  address: string,
  amount: Sats | undefined,
  output: Output,
): Promise<void> {
  if (amount === undefined) {
    throw new SkiffError({
      code: 'AMOUNT_REQUIRED',
      say: 'a bitcoin address does not say how much: give an amount',
    });
  }
  const { movement_id: id } = await offboardNow(session, { address, amount });
  output.info(`Payment sent: movement id = ${id}`);
}
