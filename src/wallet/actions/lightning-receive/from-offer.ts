// Payments under an offer of ours, from where they differ from those of an invoice that the server made: a fresh invoice that
// we sign ourselves, and money that already waits with a preimage that the payer drew. From there on it is the same action:
// coins are judged and stored before the preimage leaves.

import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { isSkiffError } from '../../../errors.ts';
import { startAction } from '../../../store/actions.ts';
import { draftInvoice, invoiceTables, updateInvoice } from '../../../store/invoices.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import type { Sats } from '../../../units.ts';
import { takeVtxoKey } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import { minCltvDelta } from './deltas.ts';
import { checkOrder, dropDraft, receiveFee, writeDraft } from './start.ts';
import { KIND, lightningReceiveId, type LightningReceiveState } from './state.ts';

export interface OfferInvoice {
  amount: Sats;
  /** `lno1…`. */
  offer: string;
  /** Makes the invoice for this hash and has the server hold its payments; its end in ms. */
  make(row: InvoiceRow): Promise<{ expiresAt: number }>;
}

/**
 * Draft on disk, then the invoice, then the action that waits for it. @throws SkiffError AMOUNT_OUT_OF_RANGE, UNSUPPORTED,
 *   what `make` throws
 */
export async function startOfferReceive(
  deps: Deps,
  { amount, offer, make }: OfferInvoice,
): Promise<InvoiceRow> {
  const { ports } = deps;
  const info = await (await ports.server()).info();
  checkOrder({ amount }, info);
  const draft = await writeDraft(deps, { amount, offer }, info);
  try {
    const { expiresAt } = await make(draft);
    const now = ports.now();
    return await ports.db.write(['invoices', 'actions'], async (tx) => {
      const row = await updateInvoice(tx, draft.hash, { state: 'open', expiresAt }, now);
      const state: LightningReceiveState = { step: 'awaiting', hash: draft.hash };
      await startAction(tx, { id: lightningReceiveId(draft.hash), kind: KIND, state, wakeAt: now }, now);
      return row;
    });
  } catch (error) {
    if (isSkiffError(error) && error.code !== 'FENCED') await dropDraft(deps, draft, error);
    throw error;
  }
}

export interface HeldPayment {
  /** Hex; the server holds money for its hash. */
  preimage: string;
  amount: Sats;
  offer: string;
}

/**
 * Takes up money that waits at the server. Undefined when this hash was seen before: whatever is to be done about it is
 * being done. @throws SkiffError AMOUNT_OUT_OF_RANGE, UNSUPPORTED when it cannot be taken
 */
export async function takeHeldPayment(
  deps: Deps,
  { preimage, amount, offer }: HeldPayment,
): Promise<string | undefined> {
  const { ports, config } = deps;
  const info = await (await ports.server()).info();
  checkOrder({ amount }, info);
  const [hash, now] = [toHex(sha256(fromHex(preimage))), ports.now()];
  const id = lightningReceiveId(hash);
  try {
    await ports.db.write([...invoiceTables, 'keys', 'actions'], async (tx) => {
      const key = await takeVtxoKey(tx, ports.keys.unlocked(), 'lightning-receive', now);
      await draftInvoice(tx, {
        hash,
        amount,
        fee: receiveFee(info, amount),
        memo: '',
        createdAt: now,
        salt: '',
        preimage,
        keyIndex: key.index,
        minCltvDelta: minCltvDelta(info, config),
        offer,
      });
      await updateInvoice(tx, hash, { state: 'open' }, now);
      await updateInvoice(tx, hash, { state: 'arrived', arrivedAt: now }, now);
      const state: LightningReceiveState = { step: 'arrived', hash };
      await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
    });
    return id;
  } catch (error) {
    if (isSkiffError(error, 'STORE_CONFLICT')) return undefined;
    throw error;
  }
}
