// Claims of a swap, whichever kind: what they cost, signed alone, or together with the service.
import { parseTx, serializeTx, txid, type Tx } from '../ark/tx.ts';
import { parseVtxoId, txidText } from '../ark/vtxo-id.ts';
import { addressToScript } from '../bitcoin/address.ts';
import { dustLimit } from '../bitcoin/dust.ts';
import { fromHex } from '../crypto/bytes.ts';
import { sats, type Sats } from '../units.ts';
import type { Deps } from '../wallet/ports.ts';
import type { SwapBackend } from './backend.ts';
import { claimByLeaf, finishJoint, jointNonce, keyPathDigest, leafClaimFee } from './boltz/spend.ts';
import { claimHtlc, htlcClaimFee } from './htlc-spend.ts';
import { spendFee, spendTx, type LockedOutput } from './spend.ts';
import type { Agreed, Claim, Claiming, SwapTerms } from './state.ts';
import { contractOf, type Contract } from './verify.ts';

type Swap = SwapTerms & Agreed;

/** Destination's scriptPubKey. */
const destination = ({ config }: Deps, { address }: SwapTerms): Uint8Array =>
  addressToScript(address, config.network);

/** The contract, with our keys. @throws SkiffError LOCKED */
function contract(deps: Deps, swap: Swap): Contract {
  const { ports, config } = deps;
  const secret = ports.keys.unlocked().swapSecret('claim key', swap.second);
  const claimKey = ports.curve.publicKey(secret);
  secret.fill(0);
  return contractOf(ports.curve, config.network, { hash: swap.hash, claimKey }, swap.agreement);
}

const lockedOutput = (swap: Swap, { locked }: Pick<Claiming, 'locked'>): LockedOutput => ({
  point: parseVtxoId(locked.id),
  value: locked.value,
  script: fromHex(swap.script),
});

/** What a claim that needs nobody costs at `rate` sat/vB, rounded UP. @throws SkiffError LOCKED */
export function claimFee(deps: Deps, swap: Swap, rate: number): Sats {
  const what = contract(deps, swap);
  const to = destination(deps, swap);
  return what.kind === 'boltz'
    ? leafClaimFee(rate, to, what.output)
    : htlcClaimFee(rate, to, what.witnessScript);
}

/** The most that can be paid for a claim and still leave an output that relays. */
export const feeLimit = (deps: Deps, swap: Swap, { locked }: Pick<Claiming, 'locked'>): Sats => {
  const most = locked.value - dustLimit(destination(deps, swap));
  return sats(most > 0n ? most : 0n);
};

const asClaim = (tx: Tx, fee: Sats): Claim => ({ txid: txidText(txid(tx)), fee, raw: serializeTx(tx) });

/** A claim that needs nobody. @throws SkiffError LOCKED, DUST */
export function signAlone(deps: Deps, swap: Swap, claiming: Pick<Claiming, 'locked'>, fee: Sats): Claim {
  const { ports } = deps;
  const what = contract(deps, swap);
  const plan = { locked: lockedOutput(swap, claiming), to: destination(deps, swap), fee };
  const keys = ports.keys.unlocked();
  const secret = keys.swapSecret('claim key', swap.second);
  const preimage = keys.swapSecret('preimage', swap.second);
  try {
    const tx =
      what.kind === 'boltz'
        ? claimByLeaf(ports.curve, plan, what.output, { secret, preimage, aux: ports.random(32) })
        : claimHtlc(ports.curve, plan, { script: what.witnessScript, preimage, secret });
    return asClaim(tx, fee);
  } finally {
    secret.fill(0);
    preimage.fill(0);
  }
}

/** A claim by both, not signed yet: its txid is known all the same. */
export function draftJoint(deps: Deps, swap: Swap, claiming: Pick<Claiming, 'locked'>, rate: number): Claim {
  const to = destination(deps, swap);
  const fee = spendFee(rate, to, [64]);
  const tx = spendTx({ locked: lockedOutput(swap, claiming), to, fee });
  return { txid: txidText(txid(tx)), fee };
}

/**
 * Shows the service the preimage and signs together with it. The nonce lives in this call alone.
 * @throws SkiffError LOCKED, SWAP_UNREACHABLE, SWAP_REFUSED, SWAP_MISBEHAVED, SERVER_MISBEHAVED
 */
export async function signJointly(
  deps: Deps,
  backend: SwapBackend,
  swap: Swap,
  claiming: Pick<Claiming, 'locked'>,
  { fee }: Claim,
): Promise<Claim> {
  const { ports } = deps;
  const what = contract(deps, swap);
  const { agreement } = swap;
  if (what.kind !== 'boltz' || agreement.kind !== 'boltz' || !backend.share)
    throw new TypeError('only reverse swaps are claimed together');
  const locked = lockedOutput(swap, claiming);
  const tx = spendTx({ locked, to: destination(deps, swap), fee });
  const keys = ports.keys.unlocked();
  const secret = keys.swapSecret('claim key', swap.second);
  const preimage = keys.swapSecret('preimage', swap.second);
  try {
    const nonce = jointNonce(ports.curve, what.output, keyPathDigest(tx, locked), secret, ports.random(32));
    const share = await backend.share(agreement, {
      preimage,
      publicNonce: nonce.public,
      tx: serializeTx(tx),
    });
    const other = { publicKey: what.refundKey, ...share };
    return asClaim(finishJoint(ports.curve, tx, locked, what.output, { secret, nonce }, other), fee);
  } finally {
    secret.fill(0);
    preimage.fill(0);
  }
}

/** What a claim pays to its destination. */
export const paidBy = ({ raw }: Claim): Sats =>
  raw ? (parseTx(raw).outputs[0]?.value ?? sats(0n)) : sats(0n);
