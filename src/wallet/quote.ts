// What a payment would cost, or the sentence why it cannot be made. Nothing is stored or locked.

import { SkiffError, isSkiffError } from '../errors.ts';
import { lightningSendFee } from '../ark/fees.ts';
import { paymentAmount } from '../lightning/bolt11-check.ts';
import {
  isLightning,
  whyNot,
  type Instruction,
  type LightningMethod,
  type PaymentMethod,
} from '../lightning/payment-request.ts';
import type { ArkInfo } from '../server/ark-info.ts';
import { coinTables, liveCoins } from '../store/coins.ts';
import { assertNotOurs } from '../store/invoices.ts';
import { assertUnpaid } from '../store/paid-invoices.ts';
import { toHex } from '../crypto/bytes.ts';
import { msatsToSatsUp, sats, type Sats } from '../units.ts';
import { selectForArkoor } from './actions/arkoor-send/start.ts';
import { selectForLightning } from './actions/lightning-send/start.ts';
import { quoteBitcoin, type Purse } from './bitcoin-quote.ts';
import { freshTip } from './coins/chain-facts.ts';
import { destinationOf } from './destination.ts';
import type { Deps } from './ports.ts';
import { offerAmount } from './resolve/offer.ts';
import { wholeBalance } from './whole-balance.ts';
import { warmUp } from './warm.ts';

export interface Quote {
  travels: 'ark' | 'lightning' | 'bitcoin';
  /** Of a payment to a bitcoin address: the purse that pays it. */
  from?: Purse;
  /** What the recipient gets; absent while an amount is still to be entered. */
  amount?: Sats;
  fee?: Sats;
  total?: Sats;
  /** Why it cannot be paid now. */
  problem?: SkiffError;
  /** With INSUFFICIENT_FUNDS: how much is missing, fee included. */
  shortBy?: Sats;
}

export interface QuoteOptions {
  /** Put in beyond the fee for a dear route; part of the fee that is told. */
  surplus?: Sats;
  /** To a bitcoin address: from this purse only. */
  from?: Purse;
}

export type Payable = LightningMethod | Extract<PaymentMethod, { kind: 'ark' | 'bitcoin' }>;

/**
 * The way to pay, with its amount. Nobody is asked.
 * @throws SkiffError the sentence why not (AMOUNT_REQUIRED when one must be entered)
 */
export function payable(
  deps: Deps,
  instruction: Instruction,
  given?: Sats,
  comment = '',
): { method: Payable; amount: Sats } {
  const { choice } = instruction;
  const problem = whyNot(instruction);
  if (!choice || problem) throw problem ?? unsupported();
  const { method } = choice;
  if (method.kind !== 'ark' && method.kind !== 'bitcoin' && !isLightning(method)) throw unsupported();
  if (comment !== '' && !takesComment(method)) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'A comment can be sent to a Lightning address or LNURL only. Remove it and pay again.',
    });
  }
  if (method.kind === 'ark') destinationOf(deps, method.text);
  return { method, amount: positive(amountFor(method, given, instruction.amount)) };
}

/** Can a comment go along? Whether the service takes it is seen when it is asked. */
export const takesComment = (method: PaymentMethod): boolean =>
  method.kind === 'lightning-address' || method.kind === 'lnurl';

/** @param asked what the link or invoice names, in whole satoshi */
function amountFor(method: Payable, given?: Sats, asked?: Sats): Sats {
  switch (method.kind) {
    case 'invoice': {
      const { amount } = method.invoice;
      return paymentAmount(amount, given ?? (amount === undefined ? asked : undefined));
    }
    case 'bolt12-invoice': {
      const exact = msatsToSatsUp(method.invoice.amount);
      if (given === undefined || given === exact) return exact;
      throw new SkiffError({
        code: 'AMOUNT_OUT_OF_RANGE',
        say: `This invoice is over exactly ${exact} sats.`,
        details: { exact, given },
      });
    }
    case 'offer':
      return offerAmount(method.offer, given ?? asked);
    default: {
      const amount = given ?? asked;
      if (amount !== undefined) return amount;
      throw new SkiffError({
        code: 'AMOUNT_REQUIRED',
        say: `${NAMES[method.kind]} does not say how much: enter an amount.`,
      });
    }
  }
}

const NAMES = {
  ark: 'An Ark address',
  bitcoin: 'A bitcoin address',
  'lightning-address': 'A Lightning address',
  lnurl: 'An LNURL link',
} as const;

function positive(amount: Sats): Sats {
  if (amount > 0n) return amount;
  throw new SkiffError({ code: 'DUST', say: 'The amount must be at least 1 sat.' });
}

const unsupported = () =>
  new SkiffError({ code: 'UNSUPPORTED', say: 'Skiff cannot pay this yet. Ask for a Lightning invoice.' });

/** Prices a payment. Never throws for a reason that concerns the payment: that is `problem`. */
export async function quotePayment(
  deps: Deps,
  instruction: Instruction,
  given?: Sats | 'all',
  options: QuoteOptions = {},
): Promise<Quote> {
  const travels = travelsBy(instruction.choice?.method);
  let amount: Sats | undefined;
  try {
    if (given === 'all' && instruction.choice?.method.kind === 'bitcoin')
      return { travels, ...(await quoteBitcoin(deps, instruction.choice.method.text, given, options.from)) };
    const sweep = given === 'all';
    const asked = given === 'all' ? await wholeBalance(deps, instruction, options.surplus) : given;
    const order = payable(deps, instruction, asked);
    amount = order.amount;
    const { method } = order;
    if (method.kind === 'bitcoin')
      return { travels, ...(await quoteBitcoin(deps, method.text, amount, options.from)) };
    const server = await deps.ports.server();
    const [info, tip] = await Promise.all([server.info(), freshTip(deps)]);
    const quote = await price(deps, { method, amount, sweep, ...options }, info, tip);
    warmUp(deps);
    return quote;
  } catch (error) {
    if (!isSkiffError(error)) throw error;
    return { travels, ...(amount !== undefined && { amount }), problem: error };
  }
}

type OffChain = Exclude<Payable, { kind: 'bitcoin' }>;

const travelsBy = (method: PaymentMethod | undefined): Quote['travels'] =>
  method?.kind === 'ark' || method?.kind === 'bitcoin' ? method.kind : 'lightning';

interface Order extends QuoteOptions {
  method: OffChain;
  amount: Sats;
  sweep: boolean;
}

async function price(deps: Deps, order: Order, info: ArkInfo, tip: number): Promise<Quote> {
  const { method, amount, surplus = sats(0n) } = order;
  const travels = travelsBy(method);
  const coins = await deps.ports.db.read([...coinTables, 'paidInvoices', 'invoices'], async (tx) => {
    if (method.kind === 'invoice' || method.kind === 'bolt12-invoice') {
      await assertNotOurs(tx, toHex(method.invoice.paymentHash));
      await assertUnpaid(tx, toHex(method.invoice.paymentHash));
    }
    return liveCoins(tx);
  });
  try {
    const { fee } =
      method.kind === 'ark'
        ? selectForArkoor(coins, amount, info, tip)
        : selectForLightning(coins, amount, info, tip, order);
    return { travels, amount, fee, total: sats(amount + fee) };
  } catch (error) {
    if (!isSkiffError(error, 'INSUFFICIENT_FUNDS')) throw error;
    const fee = method.kind === 'ark' ? sats(0n) : sats(worstFee(amount, info) + surplus);
    return {
      travels,
      amount,
      fee,
      total: sats(amount + fee),
      problem: error,
      shortBy: sats(BigInt(error.details['shortBy'] ?? '0')),
    };
  }
}

/** Fee of paying with a single coin that never expires: the dearest case. */
const worstFee = (amount: Sats, info: ArkInfo): Sats =>
  lightningSendFee(info.fees.lightningSend, amount, [{ amount, blocksToExpiry: 0xffff_ffff }]);
