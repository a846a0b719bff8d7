// From a claim on disk to bitcoin at its destination. Until the preimage may be out, every look asks again whether it is
// safe; from then on there is only forward: the claim is shown until it is buried, with a higher fee as time runs out.
// Signing needs the keys; showing and burying what is signed does not, and goes on while the wallet is locked.
import { parseTx } from '../ark/tx.ts';
import { fromHex, toHex } from '../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { preimageFromWitness } from '../lightning/preimage.ts';
import { movementOf } from '../store/movements.ts';
import { sats, type Sats } from '../units.ts';
import type { Change } from '../wallet/changes.ts';
import { freshTip } from '../wallet/coins/chain-facts.ts';
import type { Outcome } from '../wallet/actions/outcome.ts';
import type { Deps } from '../wallet/ports.ts';
import { backendOf } from './backends.ts';
import { claimFee, draftJoint, feeLimit, paidBy, signAlone, signJointly } from './claim.ts';
import { findLocked, paymentOf, reasonToWait, refundHeight, spenderOf, type PaymentState } from './facts.ts';
import { agreed, type Claim, type Claiming, type InStep, type SwapState } from './state.ts';
import { lookAgain, paymentCameBack } from './watch-step.ts';

type Result = Outcome<SwapState>;
type State = InStep<'claiming'>;

/** Blocks before the service's way back from which a claim bids for the very next block. */
const URGENT = 12;
/** An urgent claim pays so many times the fast rate. */
const HURRY = 2;

export async function claim(deps: Deps, state: State): Promise<Result> {
  const spender = await spenderOf(deps, state.locked);
  const ours = spender && state.claims.find(({ txid }) => txid === spender.txid);
  const tip = await freshTip(deps);
  if (ours && buried(deps, spender.height, tip)) return arrived(deps, state, ours);
  if (ours && spender.height !== undefined) return park(deps, state);
  if (ours) return press(deps, state, tip, await showNewest(deps, state, ours));
  if (spender) return stranger(deps, state, spender.height, tip);
  return show(deps, state, tip);
}

const buried = ({ config }: Deps, height: number | undefined, tip: number): boolean =>
  height !== undefined && tip - height + 1 >= config.offboardDepth;

const park = (deps: Deps, state: State, changes: Change[] = [], error?: SkiffError): Result => ({
  then: 'park',
  state,
  wakeAt: deps.ports.now() + lookAgain(61_000),
  changes,
  ...(error && { error }),
});

const next = (state: State, change: Partial<Claiming>): Result => ({
  then: 'next',
  state: { ...state, ...change },
});

/** Nothing has spent the locked output yet. */
async function show(deps: Deps, state: State, tip: number): Promise<Result> {
  const payment = await paymentOf(deps, state);
  const revealed = state.shown || payment === 'paid';
  const { ports } = deps;
  const status = await ports.chain.txStatus(state.locked.id.slice(0, 64));
  if (!revealed) {
    if (payment === 'failed') return paymentCameBack(deps, state);
    // Whatever was decided when the claim was signed counts only if it still holds.
    if (!status || reasonToWait(state, status.height, tip) !== undefined) return backToWatching(deps, state);
  }
  const backend = backendOf(deps, state);
  if (backend.share && state.share === undefined) {
    const { regular } = await ports.chain.feeRates();
    const draft = draftJoint(deps, state, state, regular);
    return next(state, { share: 'asking', claims: [...state.claims, draft] });
  }
  if (state.share === 'asking') return askShare(deps, state);
  if (!status) await tryShow(deps, state.locked.raw);
  let refused: SkiffError | undefined;
  // One that is refused may be too cheap beside another one of ours, or its input may have gone.
  for (const one of [newestOf(state), state.claims[0]]) {
    refused = one?.raw && (await tryShow(deps, one.raw));
    if (!refused) break;
  }
  if (refused && !revealed) return backToWatching(deps, state);
  if (refused) return reconsider(deps, state, tip, refused);
  return park(deps, { ...state, shown: true });
}

/** Nothing was shown: what is there now is looked at afresh. */
const backToWatching = ({ ports }: Deps, state: State): Result => ({
  then: 'park',
  state: { ...agreed(state), step: 'paying', since: ports.now() },
  wakeAt: ports.now() + lookAgain(0),
});

const newestOf = ({ claims }: Claiming): Claim | undefined =>
  claims.filter(({ raw }) => raw !== undefined).at(-1);

/** A dearer claim than the one that waits. @returns the network's refusal */
async function showNewest(deps: Deps, state: State, waiting: Claim): Promise<SkiffError | undefined> {
  const newest = newestOf(state);
  return newest?.raw && newest !== waiting ? tryShow(deps, newest.raw) : undefined;
}

/** Gives the preimage to the service for its share. Without one, or without keys, there is the claim that needs nobody. */
async function askShare(deps: Deps, state: State): Promise<Result> {
  const draft = state.claims.find(({ raw }) => raw === undefined);
  const others = state.claims.filter((c) => c !== draft);
  if (!draft) return next(state, { share: 'over' });
  try {
    const signed = await signJointly(deps, backendOf(deps, state), state, state, draft);
    const patch = { claimTxid: signed.txid } as const;
    return {
      ...next(state, { share: 'over', claims: [...others, signed], shown: true }),
      changes: [{ do: 'swap', hash: state.hash, patch }],
    };
  } catch (error) {
    if (!(error instanceof SkiffError) || error.code === 'FENCED') throw error;
    deps.ports.log.warn('no share of the claim from the swap service', { reason: error.message });
    return next(state, { share: 'over', claims: others });
  }
}

/** The refusal of a broadcast, or undefined when the network has the transaction. */
async function tryShow({ ports }: Deps, raw: Uint8Array): Promise<SkiffError | undefined> {
  try {
    await ports.chain.broadcast(raw);
    return undefined;
  } catch (error) {
    if (isSkiffError(error, 'TX_REJECTED')) return error;
    throw error;
  }
}

/** A claim that is out cannot confirm as it is. Another output of the service, if there is one, takes its place. */
async function reconsider(deps: Deps, state: State, tip: number, refused: SkiffError): Promise<Result> {
  const found = await findLocked(deps, state);
  if (!found || found.locked.id === state.locked.id) return press(deps, state, tip, refused);
  const { fast } = await deps.ports.chain.feeRates();
  const { locked } = found;
  const fee = least(claimFee(deps, state, fast), feeLimit(deps, state, found));
  const fresh = signAlone(deps, state, { locked }, fee);
  return next(state, { locked, claims: [fresh], since: tip, share: 'over' });
}

const least = (a: Sats, b: Sats): Sats => (a < b ? a : b);

/** Waits for a claim that is out, with a higher fee where it takes too long. */
async function press(deps: Deps, state: State, tip: number, refused?: SkiffError): Promise<Result> {
  const { chain } = deps.ports;
  const status = await chain.txStatus(state.locked.id.slice(0, 64));
  const end = refundHeight(state, status?.height) ?? Number.MAX_SAFE_INTEGER;
  const { fast } = await chain.feeRates();
  const urgent = end - tip <= URGENT;
  if (tip <= state.since) return park(deps, { ...state, shown: true }, [], refused);
  try {
    return (
      dearer(deps, state, tip, urgent ? fast * HURRY : fast) ??
      park(deps, { ...state, shown: true }, [], refused)
    );
  } catch (error) {
    if (isSkiffError(error, 'LOCKED')) return park(deps, { ...state, shown: true }, [], error);
    throw error;
  }
}

/** A claim at this rate in the place of those that are out; undefined where it is none. @throws SkiffError LOCKED */
function dearer(deps: Deps, state: State, tip: number, rate: number): Result | undefined {
  const wanted = least(claimFee(deps, state, rate), feeLimit(deps, state, state));
  const bid = state.claims.reduce((most, { fee }) => (fee > most ? fee : most), sats(0n));
  // A replacement pays for its own way beside what the old one paid (BIP 125, rule 4).
  if (wanted < bid + claimFee(deps, state, 1)) return undefined;
  const signed = signAlone(deps, state, state, wanted);
  const patch = { claimTxid: signed.txid } as const;
  const shown: State = { ...state, claims: [...state.claims, signed], since: tip, shown: true };
  return { then: 'next', state: shown, changes: [{ do: 'swap', hash: state.hash, patch }] };
}

/** Something that is no claim of ours took the locked output: the service's way back, as a rule. */
async function stranger(deps: Deps, state: State, height: number | undefined, tip: number): Promise<Result> {
  const { hash } = state;
  const payment: PaymentState = await paymentOf(deps, state);
  if (payment === 'failed') return paymentCameBack(deps, state);
  const review: Change = { do: 'swap', hash, patch: { status: 'review' } };
  if (payment === 'open' || !buried(deps, height, tip)) return park(deps, state, [review]);
  const error = new SkiffError({
    code: 'SWAP_FAILED',
    say: 'The swap service took back its bitcoin and kept the payment. Show its operator this swap.',
    details: { hash },
  });
  const line = await deps.ports.db.read(['movements'], (tx) => movementOf(tx, state.paymentId));
  const failure = { code: error.code, say: error.say };
  return {
    then: 'failed',
    error,
    changes: [
      { do: 'swap', hash, patch: { status: 'failed', failure } },
      {
        do: 'movement',
        of: state.paymentId,
        patch: { status: 'failed', fee: sats(-(line?.effective ?? 0n)), metadata: { failure } },
      },
    ],
  };
}

/** From the claim that was signed alone, which is there as a rule; else from the keys. @throws SkiffError LOCKED */
function preimageOf({ ports }: Deps, { claims, hash, second }: State): Uint8Array {
  for (const { raw } of claims) {
    const [input] = raw ? parseTx(raw).inputs : [];
    const found = preimageFromWitness(input?.witness ?? [], fromHex(hash));
    if (found) return found;
  }
  return ports.keys.unlocked().swapSecret('preimage', second);
}

/** The bitcoin is where it was to go. The payment is told its preimage, in case the server has not said so yet. */
async function arrived(deps: Deps, state: State, by: Claim): Promise<Result> {
  const { ports } = deps;
  const { hash, paymentId } = state;
  const received = paidBy(by);
  const preimage = toHex(preimageOf(deps, state));
  const line = await ports.db.read(['movements'], (tx) => movementOf(tx, paymentId));
  const spent = -(line?.effective ?? -state.invoiceAmount);
  const offChain = spent - received - by.fee;
  ports.schedule(ports.now());
  return {
    then: 'done',
    changes: [
      { do: 'swap', hash, patch: { status: 'done', received, claimTxid: by.txid } },
      { do: 'tell-action', action: paymentId, news: { preimage } },
      {
        do: 'movement',
        of: paymentId,
        patch: {
          status: 'successful',
          fee: sats(offChain > 0n ? offChain : 0n),
          sentTo: [{ type: 'bitcoin', value: state.address, amount: received }],
          metadata: {
            claim_txid: by.txid,
            onchain_fee_sat: Number(by.fee),
            swap_received_sat: Number(received),
            payment_preimage: preimage,
            failure: null,
          },
        },
      },
    ],
  };
}
