// The last steps of an exit: the coin is an output on the chain, ours alone after the delay of its clause, and is claimed
// to the on-chain wallet.

import { claimableAt, type ClaimInput } from '../../ark/claim.ts';
import { fromHex } from '../../crypto/bytes.ts';
import type { TxStatus } from '../../chain/source.ts';
import { isSkiffError } from '../../errors.ts';
import { allExits } from '../../store/exits.ts';
import { sats, type Sats } from '../../units.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Change } from '../changes.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { receiveAddress } from '../onchain/scan.ts';
import type { Deps } from '../ports.ts';
import { signClaims, waysOut, type SignedClaim } from './output.ts';
import { placeOf } from './place.ts';
import { ended, FINAL, load, park, taken } from './steps.ts';
import { terms, type ExitState, type InStep } from './state.ts';

type Result = Outcome<ExitState>;

/** Waits until the output can be claimed, then signs the claim. */
export async function waiting(deps: Deps, state: InStep<'waiting'>): Promise<Result> {
  const { config } = deps;
  const { vtxo } = await load(deps, state);
  const place = await placeOf(deps, state, vtxo);
  // A reorganisation took it back.
  if (!place) return { then: 'next', state: { ...terms(state), step: 'looking' } };
  const { forfeit, height } = place;
  if (place.by) return taken(deps, state, place.vtxo, place.by);
  if (height === undefined) return park(deps, state);
  const input = await waysOut(deps, place.vtxo);
  const claimableHeight = claimableAt(input, height);
  const tip = await freshTip(deps);
  const onChain = [
    { do: 'exit-coins', ids: [state.coin] },
    { do: 'exit', coin: state.coin, patch: { confirmedHeight: height, claimableHeight } },
    ...(forfeit === undefined ? [] : [toldOfForfeit(forfeit)]),
  ] as const;
  if (tip < claimableHeight || !config.claimExits) return { ...park(deps, state), changes: [...onChain] };
  try {
    const signed = await signedClaim(deps, input, tip);
    return {
      then: 'next',
      state: { ...terms(state), step: 'claiming', ...signed },
      changes: [...onChain, { do: 'exit', coin: state.coin, patch: { txid: signed.txid } }],
    };
  } catch (error) {
    // Worth less than its fee today; fees change.
    if (isSkiffError(error, 'DUST')) return { ...park(deps, state, error), changes: [...onChain] };
    throw error;
  }
}

/** The history says why the claim waits for its delay once more. */
const toldOfForfeit = (txid: string): Change => ({
  do: 'movement',
  patch: { metadata: { forfeit_txid: txid } },
});

/** The claim to an address of our own. */
async function signedClaim(deps: Deps, input: ClaimInput, tip: number): Promise<SignedClaim> {
  const { regular } = await deps.ports.chain.feeRates();
  const script = fromHex((await receiveAddress(deps, 'onchain')).script);
  return signClaims(deps, [input], script, tip, regular);
}

/** What the coins that a claim spends, themselves or their forfeits, are worth. */
const claimed = async ({ ports }: Deps, txid: string): Promise<Sats> => {
  const exits = (await ports.db.read(['exits'], allExits)).filter((row) => row.txid === txid);
  return sats(exits.reduce((sum, { amount }) => sum + amount, 0n));
};

/**
 * Where the server holds a forfeit, a block that is taken back gives it another chance to get its own in first, and from
 * then on the claim has to be a new one.
 */
const isFinal = async (deps: Deps, { swap }: ExitState, { height }: TxStatus): Promise<boolean> =>
  !swap || (height !== undefined && (await freshTip(deps)) - height + 1 >= FINAL);

/** Shows the claim to the network until it is confirmed. */
export async function claiming(deps: Deps, state: InStep<'claiming'>): Promise<Result> {
  const { chain } = deps.ports;
  const status = await chain.txStatus(state.txid);
  if (status?.confirmed && (await isFinal(deps, state, status))) {
    const movement = { status: 'successful', metadata: { claim_txid: state.txid } } as const;
    // From here on it is followed as a transaction of our own, in case its block is taken back.
    const foreign = await claimed(deps, state.txid);
    return ended(state, 'claimed', movement, [{ do: 'onchain-tx', raw: state.raw, foreign }], state.txid);
  }
  if (status) return park(deps, state);
  const { vtxo } = await load(deps, state);
  const place = await placeOf(deps, state, vtxo);
  if (place?.by && place.by.txid !== state.txid) return taken(deps, state, place.vtxo, place.by);
  try {
    await chain.broadcast(state.raw);
  } catch (error) {
    if (!isSkiffError(error, 'TX_REJECTED')) throw error;
    // Too cheap by now, or the output is not there any more: look again, and sign anew.
    return park(deps, { ...terms(state), step: 'waiting' }, error);
  }
  return park(deps, state);
}
