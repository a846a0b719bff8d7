// What a swap has to know of the world, asked anew each time: what became of its payment, what lies locked for it on the
// chain, and whether it is safe to show the preimage.
import { parseTx } from '../ark/tx.ts';
import { parseVtxoId, vtxoIdText } from '../ark/vtxo-id.ts';
import { addressToScript } from '../bitcoin/address.ts';
import { equalBytes, fromHex } from '../crypto/bytes.ts';
import { action } from '../store/actions.ts';
import { liveExits } from '../store/exits.ts';
import { paidInvoice } from '../store/paid-invoices.ts';
import { sats } from '../units.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Agreed, Claim, Locked, SwapTerms } from './state.ts';

/** From this amount on a lock-up must lie deeper. */
const LARGE = 1_000_000n;
const DEPTH = 1;
const LARGE_DEPTH = 3;
/** Blocks that must be left before the service's way back when the preimage is shown. */
const SAFETY = 6;

/** `open`: on its way, held, or still coming back. */
export type PaymentState = 'open' | 'paid' | 'failed';

/** What became of the payment, by our own books alone. */
export const paymentOf = (
  { ports }: Deps,
  { hash, paymentId, rescued }: SwapTerms & Agreed,
): Promise<PaymentState> =>
  ports.db.read(['paidInvoices', 'actions', 'exits'], async (tx) => {
    if (await paidInvoice(tx, hash)) return 'paid';
    if (await action(tx, paymentId)) return 'open';
    return (await liveExits(tx)).some((exit) => exit.paymentHash === hash) || rescued ? 'open' : 'failed';
  });

/** Confirmations that a lock-up of this size needs before anything is shown for it. */
export const depthFor = (lockup: bigint): number => (lockup >= LARGE ? LARGE_DEPTH : DEPTH);

export interface LockedNow {
  locked: Locked;
  /** Of the block it is in; absent in the mempool. */
  height?: number;
}

/**
 * The output that the service locked: worth what was agreed at least; of several the one that is confirmed first. Others
 * are left alone. @throws SkiffError CHAIN_UNREACHABLE
 */
export async function findLocked({ ports }: Deps, state: SwapTerms & Agreed): Promise<LockedNow | undefined> {
  const script = fromHex(state.script);
  const good = (await ports.chain.utxos(script)).filter(({ value }) => value >= state.lockup);
  const rank = (height: number | undefined) => height ?? Number.MAX_SAFE_INTEGER;
  good.sort((a, b) => rank(a.status.height) - rank(b.status.height) || (a.txid < b.txid ? -1 : 1));
  for (const { txid, vout, status } of good) {
    const raw = await ports.chain.tx(txid);
    const output = raw && parseTx(raw).outputs[vout];
    // The source's word for the value is not enough: the transaction hashes to its txid.
    if (!raw || !output || !equalBytes(output.script, script) || output.value < state.lockup) continue;
    const locked = { id: `${txid}:${vout}`, value: sats(output.value), raw };
    return { locked, ...(status.confirmed && status.height !== undefined && { height: status.height }) };
  }
  return undefined;
}

/** First height whose block may hold the service's refund. */
export const refundHeight = ({ agreement }: Agreed, height: number | undefined): number | undefined =>
  agreement.kind === 'boltz'
    ? agreement.timeoutBlockHeight + 1
    : height === undefined
      ? undefined
      : height + agreement.delay;

/** The last tip at which the preimage may still be shown, given the height of {@link refundHeight}. */
export const lastToShow = (end: number): number => end - SAFETY - 1;

/** Why the preimage must stay where it is, or undefined when it may be shown. */
export function reasonToWait(
  state: SwapTerms & Agreed,
  height: number | undefined,
  tip: number,
): 'confirmations' | 'deadline' | undefined {
  const end = refundHeight(state, height);
  if (end !== undefined && tip > lastToShow(end)) return 'deadline';
  if (height === undefined || tip - height + 1 < depthFor(state.lockup)) return 'confirmations';
  return undefined;
}

/** What spends the locked output, or undefined. */
export async function spenderOf({ ports }: Deps, { id }: Locked) {
  const { vout } = parseVtxoId(id);
  const spend = await ports.chain.outspend(id.slice(0, 64), vout);
  if (!spend.spent || spend.txid === undefined) return undefined;
  return { txid: spend.txid, height: spend.status?.height };
}

/**
 * A claim to our destination that this life of the wallet did not make: an earlier one that could not say so any more, or
 * another copy of the seed. @throws SkiffError CHAIN_UNREACHABLE
 */
export async function foreignClaim(
  { ports, config }: Deps,
  state: SwapTerms & Agreed,
): Promise<{ locked: Locked; claim: Claim } | undefined> {
  const script = fromHex(state.script);
  const to = addressToScript(state.address, config.network);
  for (const { txid } of await ports.chain.history(script)) {
    const raw = await ports.chain.tx(txid);
    const tx = raw && parseTx(raw);
    const [input] = tx?.inputs ?? [];
    const [output] = tx?.outputs ?? [];
    if (!raw || !input || !output || !equalBytes(output.script, to)) continue;
    const id = vtxoIdText(input.prevout);
    const parent = await ports.chain.tx(id.slice(0, 64));
    const spent = parent && parseTx(parent).outputs[input.prevout.vout];
    if (!parent || !spent || !equalBytes(spent.script, script)) continue;
    const locked = { id, value: sats(spent.value), raw: parent };
    return { locked, claim: { txid, raw, fee: sats(spent.value - output.value) } };
  }
  return undefined;
}
