// The start of a Lightning payment: one transaction in which the hash is known to be unpaid and not under way, the inputs
// are chosen and locked, the keys taken, the history line opened, the site's request and budget booked and the action
// written. Before it nothing is stored; after it the payment goes on by itself, whoever dies.

import { SkiffError } from '../../../errors.ts';
import { blocksToExpiry, lightningSendFee } from '../../../ark/fees.ts';
import { toHex } from '../../../crypto/bytes.ts';
import { invoiceExpiresAt } from '../../../lightning/bolt11-check.ts';
import { action, startAction } from '../../../store/actions.ts';
import { liveCoins, lockCoins } from '../../../store/coins.ts';
import { liveExits } from '../../../store/exits.ts';
import { assertNotOurs } from '../../../store/invoices.ts';
import { movementOf, openMovement } from '../../../store/movements.ts';
import { assertUnpaid } from '../../../store/paid-invoices.ts';
import type { ReadTx, WriteTx } from '../../../store/port.ts';
import type { CoinRow, Destination, MovementRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { selectCoins, usableCoins, type Selection } from '../../coins/select.ts';
import { splitChange } from '../../coins/split.ts';
import { takeVtxoKey } from '../../keys.ts';
import { assertWithin, bookRequest, type Asker } from '../asker.ts';
import { assertPayable } from '../preflight.ts';
import type { Deps } from '../../ports.ts';
import type { Bill } from '../../resolve/bill.ts';
import { KIND, lightningSendId, type LightningSendState, type PartOfInvoice } from './state.ts';

export interface LightningSendOrder extends Asker {
  invoice: Bill;
  amount: Sats;
  /** What the person gave us: the invoice, an offer, a lightning address … */
  method: Pick<Destination, 'type' | 'value'>;
  /** Seconds that the server may keep trying. */
  retryFor?: number;
  /** Agreed to be paid beyond the fee, for a route that costs more. */
  surplus?: Sats;
  /** The amount was chosen to leave nothing: what rounding leaves goes to the fee. */
  sweep?: boolean;
  /** The amount is only a part of the invoice's. */
  part?: PartOfInvoice;
  /** Part of a swap, whose line in the history this is. */
  swap?: { sentTo: readonly Destination[]; metadata: MovementRow['metadata'] };
  /** Rows that somebody above wants written together with the start; a throw undoes all of it. */
  along?: (tx: WriteTx, actionId: string) => Promise<void>;
}

/**
 * Inputs and fee of a payment of `amount`; nothing is locked. An expired coin may pay: the server checks the HTLC's
 * expiry, not the coin's. @throws SkiffError INSUFFICIENT_FUNDS
 */
export const selectForLightning = (
  coins: readonly CoinRow[],
  amount: Sats,
  info: ArkInfo,
  tip: number,
  { surplus = sats(0n), sweep = false }: Pick<LightningSendOrder, 'surplus' | 'sweep'> = {},
): Selection => {
  const selection = selectCoins(coins, amount, {
    maxExitDepth: info.maxVtxoExitDepth,
    fee: (inputs) => sats(lightningFee(amount, inputs, info, tip) + surplus),
  });
  const { fee, change } = selection;
  return sweep && change <= SWEPT ? { ...selection, fee: sats(fee + change), change: sats(0n) } : selection;
};

const SWAP_LINE = { name: 'skiff.loop_out', kind: 'swap' };

/** The fee grows by at most one satoshi with each satoshi of the amount, so no more than this is ever left by rounding. */
const SWEPT = 1n;

const lightningFee = (amount: Sats, inputs: readonly CoinRow[], info: ArkInfo, tip: number): Sats =>
  lightningSendFee(info.fees.lightningSend, amount, feeInputs(inputs, tip));

/** The largest amount that these coins can pay with its fee; zero when the fee alone is too much. */
export function allForLightning(
  coins: readonly CoinRow[],
  info: ArkInfo,
  tip: number,
  surplus: Sats = sats(0n),
): Sats {
  const inputs = usableCoins(coins, { maxExitDepth: info.maxVtxoExitDepth });
  const sum = inputs.reduce((total, c) => total + c.amount, 0n) - surplus;
  // The total grows with the amount: the last amount that fits is found by halving.
  let [fits, over] = [0n, (sum > 0n ? sum : 0n) + 1n];
  while (over - fits > 1n) {
    const middle = (fits + over) / 2n;
    if (middle + lightningFee(sats(middle), inputs, info, tip) <= sum) fits = middle;
    else over = middle;
  }
  return sats(fits);
}

const feeInputs = (inputs: readonly CoinRow[], tip: number) =>
  inputs.map((c) => ({ amount: c.amount, blocksToExpiry: blocksToExpiry(c.expiryHeight, tip) }));

/** Starts the payment durably. @throws SkiffError OWN_INVOICE, ALREADY_PAID, PAYMENT_IN_PROGRESS, INSUFFICIENT_FUNDS and the like; then nothing changed. */
export async function startLightningSend(deps: Deps, order: LightningSendOrder): Promise<string> {
  const { ports, config } = deps;
  const { invoice, amount } = order;
  const server = await ports.server();
  const hash = toHex(invoice.paymentHash);
  const keys = ports.keys.unlocked();
  await assertNew(deps, hash, amount);
  const [info, tip] = await Promise.all([server.info(), freshTip(deps), assertPayable(server, hash)]);
  const now = ports.now();

  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const id = await freeActionId(tx, hash, amount);
    const { inputs, fee, change } = selectForLightning(await liveCoins(tx), amount, info, tip, order);
    const total = sats(amount + fee);
    assertWithin(order, total);
    const ids = inputs.map((c) => c.id);
    await lockCoins(tx, ids, id);
    const htlcKey = await takeVtxoKey(tx, keys, 'htlc', now);
    const returnKey = await takeVtxoKey(tx, keys, 'revocation', now);
    await openMovement(
      tx,
      {
        actionId: id,
        subsystem: order.swap ? SWAP_LINE : { name: 'bark.lightning_send', kind: 'send' },
        intended: -amount,
        ...(order.site && { site: order.site }),
      },
      {
        effective: -total,
        fee,
        inputs: ids,
        sentTo: order.swap?.sentTo ?? [{ ...order.method, amount }],
        metadata: {
          payment_hash: hash,
          htlc_vtxos: [],
          payment_preimage: null,
          ...invoice.notes,
          ...order.swap?.metadata,
        },
      },
      now,
    );
    await bookRequest(tx, order, id, total, now);
    const state: LightningSendState = {
      step: 'inputs-locked',
      invoice: invoice.text,
      hash,
      amount,
      fee,
      ...(order.surplus !== undefined && { surplus: order.surplus }),
      inputs: ids,
      change: splitChange(change, total, config.changeSplit),
      htlcKey: htlcKey.index,
      returnKey: returnKey.index,
      htlcExpiry: tip + info.htlcSendExpiryDelta + config.htlcSpareBlocks,
      invoiceExpiry: Number(invoiceExpiresAt(invoice)),
      ...(order.retryFor !== undefined && { retryFor: order.retryFor }),
      ...(order.part && { part: order.part }),
      ...(order.swap && { swap: true as const }),
    };
    await order.along?.(tx, id);
    await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
    return id;
  });
}

/** Our own books first: they need no network. */
const assertNew = ({ ports }: Deps, hash: string, amount: Sats): Promise<unknown> =>
  ports.db.read(['paidInvoices', 'invoices', 'actions', 'movements', 'exits'], (tx) =>
    freeActionId(tx, hash, amount),
  );

/**
 * The id for a new attempt at this hash: ids are unique, so of all that start at the same time one comes through.
 * @throws SkiffError OWN_INVOICE, ALREADY_PAID; PAYMENT_IN_PROGRESS while an attempt is open or its money is on the chain
 */
async function freeActionId(tx: ReadTx, hash: string, amount: Sats): Promise<string> {
  await assertNotOurs(tx, hash);
  await assertUnpaid(tx, hash);
  for (const exit of await liveExits(tx))
    if (exit.paymentHash === hash) throw inProgress(hash, exit.actionId);
  for (let attempt = 1; ; attempt++) {
    const id = lightningSendId(hash, attempt);
    const row = await action(tx, id);
    if (row) throw inProgress(hash, id, (row.state as LightningSendState).amount, amount);
    if (!(await movementOf(tx, id))) return id;
  }
}

/** Says so when the amount asked for now is another than the one that is on its way. */
function inProgress(hash: string, actionId: string, open?: Sats, asked?: Sats): SkiffError {
  const other = open !== undefined && open !== asked;
  return new SkiffError({
    code: 'PAYMENT_IN_PROGRESS',
    say: other
      ? `This invoice is being paid right now with ${open} sat; the ${asked} sat asked for now were not paid.`
      : 'This invoice is being paid right now. Nothing was paid twice.',
    details: { paymentHash: hash, actionId, amount: open },
  });
}
