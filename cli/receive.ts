// Lightning payments to this wallet, as the commands name and print them (crate bark-json: LightningReceiveInfo).
import { fromHex, toHex } from '../src/crypto/bytes.ts';
import { sha256 } from '../src/crypto/hash.ts';
import { nobleCurve } from '../src/crypto/noble.ts';
import { isSkiffError, SkiffError } from '../src/errors.ts';
import { decodeBolt11 } from '../src/lightning/bolt11.ts';
import { action } from '../src/store/actions.ts';
import type { InvoiceRow } from '../src/store/rows.ts';
import {
  lightningReceiveId,
  type LightningReceiveState,
} from '../src/wallet/actions/lightning-receive/state.ts';
import { UsageError, type OptionSpec, type ParsedArgs } from './args.ts';
import { refuse } from './refuse.ts';
import type { Session } from './session.ts';

/** Payment hash (hex) that a command line names by hash or invoice. @throws SkiffError with bark's words */
export function paymentHashOf(text: string, complaint: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  try {
    return toHex(decodeBolt11(nobleCurve, text).paymentHash);
  } catch (e) {
    if (isSkiffError(e)) throw refuse(complaint);
    throw e;
  }
}

export const PREIMAGE: OptionSpec = { name: 'preimage', value: 'PREIMAGE', help: 'Filter by preimage' };

/** The same by FILTER or --preimage, of which exactly one is given. @throws UsageError */
export function filteredHash(args: ParsedArgs): string {
  const filter = args.positional('FILTER');
  const preimage = args.option(PREIMAGE.name);
  if (filter !== undefined && preimage !== undefined)
    throw new UsageError('cannot provide both filter and preimage');
  if (filter !== undefined) return paymentHashOf(filter, 'filter is not valid payment hash nor invoice');
  if (preimage === undefined) throw new UsageError('need to provide a filter');
  if (!/^[0-9a-f]{64}$/i.test(preimage)) throw new UsageError('the preimage is not 32 bytes of hex');
  return toHex(sha256(fromHex(preimage)));
}

/** Does bark remember this one? What was called off or has expired it forgets. */
export const isRemembered = ({ state, offer }: InvoiceRow): boolean =>
  !(offer !== undefined && state === 'open') && !['draft', 'cancelled', 'expired', 'lost'].includes(state);

const STATES: Partial<Record<InvoiceRow['state'], string>> = {
  arrived: 'awaiting-payment',
  open: 'awaiting-payment',
  'preimage-revealed': 'preimage-revealed',
};

async function stateOf({ db }: Session, row: InvoiceRow): Promise<{ state: string; htlcs: string[] }> {
  const open = await db.read(['actions'], (tx) => action(tx, lightningReceiveId(row.hash)));
  const now = open?.state as LightningReceiveState | undefined;
  if (now?.step === 'delivering') return { state: 'delivering', htlcs: [] };
  return { state: STATES[row.state] ?? 'settled', htlcs: now?.step === 'revealed' ? now.htlcs : [] };
}

/** bark's JSON of one receive. */
export async function receiveJson(session: Session, row: InvoiceRow) {
  const { state, htlcs } = await stateOf(session, row);
  const settledAt = row.claimedAt === undefined ? null : new Date(row.claimedAt).toISOString();
  return {
    payment_hash: row.hash,
    state,
    invoice: row.bolt11 ?? '',
    payment_preimage: row.preimage,
    amount_sat: row.amount,
    htlc_vtxo_ids: htlcs,
    settled_at: settledAt,
    preimage_revealed_at: null,
    finished_at: settledAt,
    htlc_vtxos: [],
  };
}

export const noReceive = (): SkiffError => refuse('no pending lightning receive found for this payment hash');

/** Waits until the payment is in. @throws SkiffError when it does not come */
export async function waitForReceive({ wallet }: Session, hash: string): Promise<void> {
  const row = await wallet.invoiceOver(hash);
  if (row.state === 'claimed') return;
  const { code, say } = row.failure ?? {
    code: 'INVOICE_EXPIRED',
    say: 'The invoice is over, and was not paid.',
  };
  throw new SkiffError({ code: code as 'INVOICE_EXPIRED', say });
}
