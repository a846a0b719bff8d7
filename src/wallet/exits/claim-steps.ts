// The last steps of an exit: the coin is an output on the chain, ours alone after the delay of its clause, and is claimed
// to the on-chain wallet.

import {
  buildClaim,
  claimableAt,
  claimInput,
  claimWeight,
  signClaim,
  type ClaimInput,
} from '../../ark/claim.ts';
import { exitChain } from '../../ark/exit.ts';
import { serializeTx, txid } from '../../ark/tx.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import { feeForWeight, feeRateFromSatPerVb } from '../../bitcoin/fee-rate.ts';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { invoice } from '../../store/invoices.ts';
import { keyByPubkey } from '../../store/keys.ts';
import type { Outcome } from '../actions/outcome.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { receiveAddress } from '../onchain/scan.ts';
import type { Deps } from '../ports.ts';
import { ended, load, park, spender, taken } from './steps.ts';
import { terms, type ExitState, type InStep } from './state.ts';

type Result = Outcome<ExitState>;

/** How our key opens the coin's output. The preimage of an invoice of ours is known from its row. */
export async function waysOut({ ports }: Deps, vtxo: Vtxo): Promise<ClaimInput> {
  const { policy } = vtxo;
  const preimage = await ports.db.read(['invoices'], async (tx) =>
    policy.type === 'server-htlc-receive'
      ? (await invoice(tx, toHex(policy.paymentHash)))?.preimage
      : undefined,
  );
  const input = claimInput(ports.curve, vtxo, {
    owns: (pubkey) => equalBytes(pubkey, policy.userPubkey),
    preimage: () => (preimage === undefined ? undefined : fromHex(preimage)),
  });
  if (input) return input;
  throw new SkiffError({
    code: 'INTERNAL',
    say: 'A coin on the chain cannot be opened with the keys of this wallet.',
  });
}

/** Height of the last transaction of the chain; undefined while it is not confirmed. */
async function confirmedAt({ ports }: Deps, vtxo: Vtxo): Promise<number | undefined> {
  const last = exitChain(ports.curve, vtxo).at(-1);
  const status = await ports.chain.txStatus(txidText(last ? last.txid : vtxo.anchor.txid));
  return status?.confirmed ? status.height : undefined;
}

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

async function signedClaim(
  deps: Deps,
  input: ClaimInput,
  tip: number,
): Promise<{ txid: string; raw: Uint8Array }> {
  const { ports } = deps;
  const { regular } = await ports.chain.feeRates();
  const script = fromHex((await receiveAddress(deps, 'onchain')).script);
  const fee = feeForWeight(feeRateFromSatPerVb(Math.max(1, regular)), claimWeight([input], script));
  const unsigned = buildClaim([input], script, tip, fee);
  const row = await ports.db.read(['keys'], (tx) => keyByPubkey(tx, toHex(input.clause.pubkey)));
  const { secret } = ports.keys.unlocked().vtxoKey(row?.index ?? -1);
  try {
    const tx = signClaim(
      ports.curve,
      unsigned,
      [input],
      () => secret,
      (n) => ports.random(n),
    );
    return { txid: txidText(txid(tx)), raw: serializeTx(tx) };
  } finally {
    secret.fill(0);
  }
}

/** Shows the claim to the network until it is confirmed. */
export async function claiming(deps: Deps, state: InStep<'claiming'>): Promise<Result> {
  const { chain } = deps.ports;
  const status = await chain.txStatus(state.txid);
  if (status?.confirmed) {
    const movement = { status: 'successful', metadata: { claim_txid: state.txid } } as const;
    return ended(state, 'claimed', movement, [], state.txid);
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
