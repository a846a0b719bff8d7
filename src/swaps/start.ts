// The start of a swap: one transaction takes a second that no swap was made in, and writes the swap's row and its action.
// Nobody has heard of the hash before that.
import { toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { startAction } from '../store/actions.ts';
import { addSwap, swapAt } from '../store/swaps.ts';
import type { ReadTx } from '../store/port.ts';
import { sats, type Sats } from '../units.ts';
import { CHANGE_TABLES } from '../wallet/changes.ts';
import type { Deps } from '../wallet/ports.ts';
import { quoteSwap, type SwapQuote, type SwapWish } from './quote.ts';
import { KIND, loopOutId, type SwapState } from './state.ts';

/** How long the service is asked again when it does not answer. */
const PATIENCE_MS = 5 * 60_000;

export interface SwapStarted {
  /** Payment hash, hex. */
  hash: string;
  actionId: string;
  quote: SwapQuote;
}

/**
 * Starts it durably. @param maxTotal the most that may leave the balance; what the quote says now by default
 * @throws SkiffError as {@link quoteSwap}, AMOUNT_OUT_OF_RANGE when it costs more than that; then nothing was stored
 */
export async function startSwap(deps: Deps, wish: SwapWish & { maxTotal?: Sats }): Promise<SwapStarted> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const quote = await quoteSwap(deps, wish);
  const maxTotal = wish.maxTotal ?? quote.total;
  if (quote.total > maxTotal)
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: `This now costs ${quote.total} sat, more than the ${maxTotal} sat agreed to. Nothing was paid.`,
      details: { total: quote.total, maxTotal },
    });
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const second = await freeSecond(tx, Math.floor(now / 1000));
    const hash = toHex(sha256(keys.swapSecret('preimage', second)));
    const actionId = loopOutId(hash);
    const { backend, service, address, amount, lockup, invoice, claimFeeMost, pairHash } = quote;
    await addSwap(tx, {
      hash,
      second,
      backend,
      service,
      status: 'created',
      actionId,
      address,
      amount,
      lockup,
      invoiceAmount: invoice,
      createdAt: now,
    });
    const state: SwapState = {
      step: 'created',
      until: now + PATIENCE_MS,
      hash,
      second,
      backend,
      service,
      address,
      amount,
      lockup,
      invoiceMost: invoice,
      maxTotal: sats(maxTotal),
      claimFeeMost,
      ...(pairHash !== undefined && { pairHash }),
    };
    await startAction(tx, { id: actionId, kind: KIND, state, wakeAt: now }, now);
    return { hash, actionId, quote };
  });
}

/** The second itself, or the first one after it that no swap was made in. */
async function freeSecond(tx: ReadTx, from: number): Promise<number> {
  for (let second = from; ; second++) if (!(await swapAt(tx, second))) return second;
}
