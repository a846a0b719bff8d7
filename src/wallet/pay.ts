// From an instruction to a payment that is durably started.

import { toHex } from '../crypto/bytes.ts';
import { takeOption, type Instruction } from '../lightning/payment-request.ts';
import type { Sats } from '../units.ts';
import { startArkoorSend } from './actions/arkoor-send/start.ts';
import type { Asker } from './actions/asker.ts';
import { startLightningSend } from './actions/lightning-send/start.ts';
import { startOffboard } from './actions/offboard/start.ts';
import { startOnchainSend } from './actions/onchain-send/start.ts';
import { quoteBitcoin, type Purse } from './bitcoin-quote.ts';
import type { Deps } from './ports.ts';
import { payable } from './quote.ts';
import { resolve } from './resolve/index.ts';
import { wholeBalance } from './whole-balance.ts';

export interface PayOptions extends Asker {
  amount?: Sats | 'all';
  /** For a Lightning address or LNURL whose service takes comments. */
  comment?: string;
  /** Seconds that the server may keep trying to pay over Lightning, up to its own limit. */
  retryFor?: number;
  /** Paid beyond the fee for a route that costs more: what a ROUTE_TOO_DEAR failure offered. */
  surplus?: Sats;
  /** To a bitcoin address: the purse that was shown. */
  from?: Purse;
  /** To a bitcoin address, everything: the most that the fee may be. */
  maxFee?: Sats;
}

/** @param fresh the instruction's text looked at again: it may have been on the screen for an hour */
export async function startPayment(
  deps: Deps,
  fresh: Instruction,
  shown: Instruction,
  { amount: given, comment, surplus, from, maxFee, ...asker }: PayOptions,
): Promise<{ actionId: string; paymentHash?: string }> {
  const now = again(fresh, shown);
  const sweep = given === 'all';
  if (now.choice?.method.kind === 'bitcoin' && sweep)
    return toBitcoin(deps, now.choice.method.text, given, { from, maxFee, maxTotal: asker.maxTotal });
  const { method, amount } = payable(
    deps,
    now,
    given === 'all' ? await wholeBalance(deps, now, surplus) : given,
    comment,
  );
  if (method.kind === 'ark') {
    return { actionId: await startArkoorSend(deps, { ...asker, address: method.text, amount }) };
  }
  if (method.kind === 'bitcoin')
    return toBitcoin(deps, method.text, amount, { from, maxTotal: asker.maxTotal });
  const invoice = await resolve(deps, method, amount, comment);
  const type = method.kind === 'bolt12-invoice' ? 'invoice' : method.kind;
  const actionId = await startLightningSend(deps, {
    ...asker,
    invoice,
    amount,
    method: { type, value: method.text },
    ...(surplus !== undefined && { surplus }),
    ...(sweep && { sweep }),
  });
  return { actionId, paymentHash: toHex(invoice.paymentHash) };
}

/** From the purse that was shown, or from the one that a quote would name. */
async function toBitcoin(
  deps: Deps,
  address: string,
  amount: Sats | 'all',
  { from, maxTotal, maxFee }: Pick<PayOptions, 'from' | 'maxTotal' | 'maxFee'>,
): Promise<{ actionId: string }> {
  const purse = from ?? (await quoteBitcoin(deps, address, amount)).from;
  if (purse === 'onchain')
    return { actionId: (await startOnchainSend(deps, { to: [{ address, amount }], maxTotal })).id };
  const what = amount === 'all' ? { coins: amount, maxFee } : { amount };
  return { actionId: await startOffboard(deps, { address, maxTotal, ...what }) };
}

/** Paid the way that was shown. */
function again(fresh: Instruction, { choice }: Instruction): Instruction {
  const same = fresh.options.find(
    ({ method }) => method.kind === choice?.method.kind && method.text === choice.method.text,
  );
  return same ? takeOption(fresh, same) : fresh;
}
