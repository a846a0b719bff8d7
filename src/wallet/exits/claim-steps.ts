// The last steps of an exit: the coin is an output on the chain, ours alone after the delay of its clause, and is claimed
// to the on-chain wallet.

import { claimableAt, type ClaimInput } from '../../ark/claim.ts';
import { parseTx } from '../../ark/tx.ts';
import { vtxoIdText } from '../../ark/vtxo-id.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { isSkiffError } from '../../errors.ts';
import { coins } from '../../store/coins.ts';
import { sats, type Sats } from '../../units.ts';
import type { Outcome } from '../actions/outcome.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { receiveAddress } from '../onchain/scan.ts';
import type { Deps } from '../ports.ts';
import { confirmedAt, signClaims, waysOut, type SignedClaim } from './output.ts';
import { ended, load, park, spender, taken } from './steps.ts';
import { terms, type ExitState, type InStep } from './state.ts';

type Result = Outcome<ExitState>;

/** Waits until the output can be claimed, then signs the claim. */
export async function waiting(deps: Deps, state: InStep<'waiting'>): Promise<Result> {
  const { config } = deps;
  const { vtxo } = await load(deps, state);
  const height = await confirmedAt(deps, vtxo);
  // A reorganisation took it back.
  if (height === undefined) return { then: 'next', state: { ...terms(state), step: 'looking' } };
  const other = await spender(deps, vtxo.point);
  if (other) return taken(deps, state, vtxo, other);
  const input = await waysOut(deps, vtxo);
  const claimableHeight = claimableAt(input, height);
  const tip = await freshTip(deps);
  const onChain = [
    { do: 'exit-coins', ids: [state.coin] },
    { do: 'exit', coin: state.coin, patch: { confirmedHeight: height, claimableHeight } },
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

/** The claim to an address of our own. */
async function signedClaim(deps: Deps, input: ClaimInput, tip: number): Promise<SignedClaim> {
  const { regular } = await deps.ports.chain.feeRates();
  const script = fromHex((await receiveAddress(deps, 'onchain')).script);
  return signClaims(deps, [input], script, tip, regular);
}

/** What the coins that a claim spends are worth. */
const claimed = async ({ ports }: Deps, raw: Uint8Array): Promise<Sats> => {
  const ids = parseTx(raw).inputs.map(({ prevout }) => vtxoIdText(prevout));
  const rows = await ports.db.read(['coins'], (tx) => coins(tx, ids));
  return sats(rows.reduce((sum, c) => sum + c.amount, 0n));
};

/** Shows the claim to the network until it is confirmed. */
export async function claiming(deps: Deps, state: InStep<'claiming'>): Promise<Result> {
  const { chain } = deps.ports;
  const status = await chain.txStatus(state.txid);
  if (status?.confirmed) {
    const movement = { status: 'successful', metadata: { claim_txid: state.txid } } as const;
    // From here on it is followed as a transaction of our own, in case its block is taken back.
    const foreign = await claimed(deps, state.raw);
    return ended(state, 'claimed', movement, [{ do: 'onchain-tx', raw: state.raw, foreign }], state.txid);
  }
  if (status) return park(deps, state);
  const { vtxo } = await load(deps, state);
  const other = await spender(deps, vtxo.point);
  if (other && other.txid !== state.txid) return taken(deps, state, vtxo, other);
  try {
    await chain.broadcast(state.raw);
  } catch (error) {
    if (!isSkiffError(error, 'TX_REJECTED')) throw error;
    // Too cheap by now, or the output is not there any more: look again, and sign anew.
    return park(deps, { ...terms(state), step: 'waiting' }, error);
  }
  return park(deps, state);
}
