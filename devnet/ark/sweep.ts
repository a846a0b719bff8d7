// What has expired belongs to the server: outputs on the chain that boards, rounds and half-way exits left behind are
// spent by their timelock clause, many in one transaction, into the server's purse. A coin whose chain went through one
// of them is spent from then on. (captaind does the same, a while after the expiry.)
import { clauseScript, clauseWitness, clauseWitnessSize, type Clause } from '../../src/ark/clause.ts';
import { keyOnlyScript } from '../../src/ark/connectors.ts';
import type { TxOut } from '../../src/ark/encode.ts';
import { exitSteps, type ExitStep } from '../../src/ark/exit-chain.ts';
import { unlockHashOf } from '../../src/ark/genesis.ts';
import { policyTaproot } from '../../src/ark/policy-taproot.ts';
import {
  controlBlock,
  cosignTaproot,
  harkLeafTaproot,
  tapLeafHash,
  type Taproot,
} from '../../src/ark/taproot.ts';
import { taprootSighash, txid, txWeight, type Tx } from '../../src/ark/tx.ts';
import { txidText, vtxoIdText, type OutPoint } from '../../src/ark/vtxo-id.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { sats } from '../../src/units.ts';
import type { ArkContext } from './context.ts';
import { broadcast } from './purse.ts';

const DUST = 330n;
const RBF = 0xffff_fffd;

interface Leftover {
  readonly prevout: OutPoint;
  readonly spent: TxOut;
  readonly taproot: Taproot;
  readonly clause: Clause;
  /** Ids of the coins whose chains go through it. */
  readonly coins: Set<string>;
}

/** The taproot of what a step spends, where the server may take it after the expiry. */
function sweepable({ curve }: ArkContext, vtxo: Vtxo, { item, spent }: ExitStep): Taproot | undefined {
  const { transition: t } = item;
  const { serverPubkey, expiryHeight } = vtxo;
  switch (t.type) {
    case 'cosigned':
      return cosignTaproot(curve, t.pubkeys, serverPubkey, expiryHeight);
    case 'hash-locked-cosigned':
      return harkLeafTaproot(curve, { ...t, serverPubkey, expiryHeight, unlockHash: unlockHashOf(t) });
    case 'arkoor': {
      const [userPubkey] = t.clientCosigners;
      if (!userPubkey) return undefined;
      const checkpoint = policyTaproot(curve, { type: 'checkpoint', userPubkey }, vtxo);
      return equalBytes(checkpoint.script, spent.script) ? checkpoint : undefined;
    }
  }
}

function leftovers(ctx: ArkContext): Leftover[] {
  const { chain, curve, serverKey, state } = ctx;
  const found = new Map<string, Leftover>();
  for (const { id, vtxo } of state.vtxos.values()) {
    if (vtxo.expiryHeight > chain.height()) continue;
    for (const step of exitSteps(curve, vtxo)) {
      const prevout = (step.tx.inputs[0] as Tx['inputs'][number]).prevout;
      const on = txidText(prevout.txid);
      if ((chain.transaction(on)?.confirmations ?? 0) === 0) break;
      if (chain.isSpent(on, prevout.vout)) continue;
      const key = vtxoIdText(prevout);
      const known = found.get(key);
      if (known) known.coins.add(id);
      const taproot = known ? undefined : sweepable(ctx, vtxo, step);
      if (!taproot) break;
      const clause: Clause = { kind: 'timelock-sign', pubkey: serverKey.public, height: vtxo.expiryHeight };
      found.set(key, { prevout, spent: step.spent, taproot, clause, coins: new Set([id]) });
      break;
    }
  }
  return [...found.values()];
}

const blockOf = ({ taproot, clause }: Leftover) => controlBlock(taproot, clauseScript(clause));

function unsigned(ctx: ArkContext, taken: readonly Leftover[], value: bigint): Tx {
  return {
    version: 2,
    lockTime: ctx.chain.height(),
    inputs: taken.map(({ prevout }) => ({ prevout, sequence: RBF })),
    outputs: [{ value: sats(value), script: keyOnlyScript(ctx.curve, ctx.purseKey.public) }],
  };
}

/** One transaction for everything that is there; its id, or nothing when that would not pay for itself. */
export function sweepExpired(ctx: ArkContext): string | undefined {
  const { config, curve, random, serverKey, state } = ctx;
  const taken = leftovers(ctx);
  if (taken.length === 0) return undefined;
  const total = taken.reduce((sum, { spent }) => sum + spent.value, 0n);
  const witnesses = taken.reduce((sum, one) => sum + clauseWitnessSize(one.clause, blockOf(one).length), 2);
  const weight = BigInt(txWeight(unsigned(ctx, taken, 0n)) + witnesses);
  const fee = (weight * config.offboardFeerateSatVkb + 3999n) / 4000n;
  if (total - fee < DUST) return undefined;
  const tx = unsigned(ctx, taken, total - fee);
  const outputs = taken.map(({ spent }) => spent);
  const inputs = tx.inputs.map((input, i) => {
    const one = taken[i] as Leftover;
    const sighash = taprootSighash(tx, i, outputs, tapLeafHash(clauseScript(one.clause)));
    const signature = curve.schnorrSign(sighash, serverKey.secret, random(32));
    return { ...input, witness: clauseWitness(one.clause, blockOf(one), signature) };
  });
  const id = txidText(txid(tx));
  broadcast(ctx, id, { ...tx, inputs });
  for (const coin of taken.flatMap(({ coins }) => [...coins])) {
    const row = state.vtxos.get(coin);
    if (row && row.state !== 'spent' && row.state !== 'ln-spent')
      Object.assign(row, { state: 'spent', spentBy: id });
  }
  return id;
}
