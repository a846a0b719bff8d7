// Making an invoice. The draft, with key, salt and preimage, is on disk before the server sees the hash; the invoice is
// handed out only after it was found to be what was asked for and is on disk together with the action that waits for the
// payment. What fails in between leaves a draft that nobody can pay.

import { lightningReceiveFee, subtractFee } from '../../../ark/fees.ts';
import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { sha256 } from '../../../crypto/hash.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { invoiceExpiresAt } from '../../../lightning/bolt11-check.ts';
import type { Bolt11 } from '../../../lightning/bolt11.ts';
import { SALT_BYTES } from '../../../lightning/preimage.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import type { ArkServer } from '../../../server/connect.ts';
import { isRejection, isTransient } from '../../../server/errors.ts';
import { startAction } from '../../../store/actions.ts';
import { draftInvoice, invoices, invoiceTables, updateInvoice } from '../../../store/invoices.ts';
import { keyByPubkey } from '../../../store/keys.ts';
import type { InvoiceRow, SiteRef } from '../../../store/rows.ts';
import type { Sats } from '../../../units.ts';
import { destinationOf } from '../../destination.ts';
import { takeVtxoKey } from '../../keys.ts';
import type { Deps } from '../../ports.ts';
import { minCltvDelta } from './deltas.ts';
import { checkMadeInvoice } from './invoice-check.ts';
import { KIND, lightningReceiveId, type LightningReceiveState } from './state.ts';

export interface ReceiveOrder {
  amount: Sats;
  /** Description in the invoice; everybody who sees the invoice can read it. */
  memo?: string;
  /** Seconds after which we call it off, if the server's own limit does not come first. */
  expiry?: number;
  /** For a server that wants one from wallets without coins. */
  token?: string;
  site?: SiteRef;
  /** The offer of ours that it is paid under. */
  offer?: string;
  /** Ark address at the same server that gets the money instead of us; ours as well as another one's. */
  claimTo?: string;
}

/** Bytes of description that fit into an invoice. */
const MAX_MEMO = 639;

/** What the server keeps of a payment of `amount`. @throws SkiffError AMOUNT_OUT_OF_RANGE when nothing would be left */
export function receiveFee(info: ArkInfo, amount: Sats): Sats {
  const fee = lightningReceiveFee(info.fees.lightningReceive, amount);
  if (subtractFee(amount, fee) !== undefined) return fee;
  throw outOfRange(`The server's fee of ${fee} sats would eat up the whole payment. Ask for more.`, {
    amount,
    fee,
  });
}

/**
 * Makes an invoice.
 * @throws SkiffError AMOUNT_OUT_OF_RANGE, INVALID_ARGUMENT, INVALID_ADDRESS, WRONG_SERVER, UNSUPPORTED before anything is stored; SERVER_MISBEHAVED when
 *   the invoice is not what was asked for; what the calls throw
 */
export async function startLightningReceive(deps: Deps, order: ReceiveOrder): Promise<InvoiceRow> {
  const server = await deps.ports.server();
  const info = await server.info();
  checkOrder(order, info);
  const draft = await writeDraft(deps, order, info);
  try {
    const made = checkMadeInvoice(deps.ports.curve, await askFor(deps, server, draft), {
      paymentHash: draft.hash,
      network: deps.config.network,
      amount: draft.amount,
      memo: draft.memo,
      minFinalCltv: draft.minCltvDelta + info.htlcExpiryDelta,
      clocks: [deps.ports.now(), deps.ports.now() + (server.clockSkew() ?? 0)].map((ms) => ms / 1000),
    });
    return await publish(deps, draft, made, order.expiry);
  } catch (error) {
    if (isSkiffError(error) && error.code !== 'FENCED') await dropDraft(deps, draft, error);
    throw isRejection(error) ? refused(error as SkiffError) : error;
  }
}

export function checkOrder({ amount, memo = '', expiry }: ReceiveOrder, info: ArkInfo): void {
  if (amount <= 0n) throw outOfRange('The amount must be at least 1 sat.', { amount });
  if (info.maxVtxoAmount !== undefined && amount > info.maxVtxoAmount)
    throw outOfRange(`This server takes at most ${info.maxVtxoAmount} sats at a time.`, { amount });
  receiveFee(info, amount);
  if (new TextEncoder().encode(memo).length > MAX_MEMO)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'The description is too long for an invoice.' });
  if (expiry !== undefined && (!Number.isSafeInteger(expiry) || expiry < 1))
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'The invoice must be good for at least a second.',
    });
}

export async function writeDraft(deps: Deps, order: ReceiveOrder, info: ArkInfo): Promise<InvoiceRow> {
  const { ports, config } = deps;
  const keys = ports.keys.unlocked();
  const delta = minCltvDelta(info, config);
  const createdAt = ports.now();
  const salt = ports.random(SALT_BYTES);
  const preimage = keys.receivePreimage(createdAt, salt);
  const { claimTo } = order;
  const to = claimTo === undefined ? undefined : destinationOf(deps, claimTo, info.serverPubkey);
  return ports.db.write([...invoiceTables, 'keys'], async (tx) => {
    // What goes to an address of our own needs no delivery: its key is the one to claim with.
    const ours = to && (await keyByPubkey(tx, toHex(to.policy.userPubkey)));
    if (to && !ours && to.mailboxes.length === 0) throw noMailbox();
    const key = ours ?? (await takeVtxoKey(tx, keys, 'lightning-receive', createdAt));
    return draftInvoice(tx, {
      hash: toHex(sha256(preimage)),
      amount: order.amount,
      fee: receiveFee(info, order.amount),
      memo: order.memo ?? '',
      createdAt,
      salt: toHex(salt),
      preimage: toHex(preimage),
      keyIndex: key.index,
      minCltvDelta: delta,
      ...(order.token !== undefined && { token: order.token }),
      ...(order.site && { site: order.site }),
      ...(claimTo !== undefined && !ours && { claimTo }),
      ...(order.offer !== undefined && { offer: order.offer }),
    });
  });
}

/** Asks, and once more when the answer may have been lost: the same hash gives the same invoice. */
async function askFor({ ports }: Deps, server: ArkServer, draft: InvoiceRow): Promise<string> {
  const request = {
    paymentHash: fromHex(draft.hash),
    amountSat: draft.amount,
    minCltvDelta: draft.minCltvDelta,
    mailboxId: ports.keys.unlocked().mailbox().publicKey,
    ...(draft.memo !== '' && { description: draft.memo }),
  };
  const ask = async () => (await server.startLightningReceive(request)).bolt11;
  return ask().catch((error: unknown) => {
    if (!isTransient(error)) throw error;
    return ask();
  });
}

function publish(deps: Deps, draft: InvoiceRow, made: Bolt11, expiry?: number): Promise<InvoiceRow> {
  const { ports } = deps;
  const now = ports.now();
  const end = Number(invoiceExpiresAt(made)) * 1000;
  const expiresAt = expiry === undefined ? end : Math.min(end, draft.createdAt + expiry * 1000);
  return ports.db.write(['invoices', 'actions'], async (tx) => {
    const row = await updateInvoice(tx, draft.hash, { state: 'open', bolt11: made.text, expiresAt }, now);
    const state: LightningReceiveState = { step: 'awaiting', hash: draft.hash };
    await startAction(tx, { id: lightningReceiveId(draft.hash), kind: KIND, state, wakeAt: now }, now);
    return row;
  });
}

export async function dropDraft({ ports }: Deps, { hash }: InvoiceRow, error: SkiffError): Promise<void> {
  const failure = { code: error.code, say: error.say };
  await ports.db.write(['invoices'], (tx) =>
    updateInvoice(tx, hash, { state: 'cancelled', failure }, ports.now()),
  );
}

/** Older drafts belong to a process that died. */
const DRAFT_LIFE = 5 * 60_000;

/** Ends the drafts that a death left behind. The server may have made invoices for them; nobody has seen those. */
export async function sweepDrafts({ ports }: Deps): Promise<void> {
  const now = ports.now();
  const stale = (await ports.db.read(['invoices'], (tx) => invoices(tx, 'open'))).filter(
    (row) => row.state === 'draft' && now - row.createdAt > DRAFT_LIFE,
  );
  if (stale.length === 0) return;
  await ports.db.write(['invoices'], async (tx) => {
    for (const { hash } of stale) await updateInvoice(tx, hash, { state: 'cancelled' }, now);
  });
}

const noMailbox = () =>
  new SkiffError({
    code: 'UNSUPPORTED',
    say: 'This Ark address names no mailbox, so its owner would never hear of the payment.',
  });

const outOfRange = (say: string, details: Record<string, bigint>) =>
  new SkiffError({ code: 'AMOUNT_OUT_OF_RANGE', say, details });

/** The server's own words where they are about the amount. */
function refused(error: SkiffError): SkiffError {
  const said = error.details['said'] ?? '';
  if (!/exceeds|limit|fee/i.test(said)) return error;
  return new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: `The Ark server makes no invoice over this amount (${said.replace(/^bad user input: /, '')}).`,
    details: error.details,
    cause: error,
  });
}
