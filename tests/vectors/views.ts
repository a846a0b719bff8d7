// VTXOs, policies and scripts in the shape the vector files give them.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import {
  clauseLockTime,
  clauseScript,
  clauseSequence,
  clauseWitness,
  clauseWitnessSize,
  type Clause,
} from '../../src/ark/clause.ts';
import type { TxOut } from '../../src/ark/encode.ts';
import { ancestorPoints, exitTransactions } from '../../src/ark/exit-chain.ts';
import { encodeGenesis, outputCount, transitionName, transitionTag } from '../../src/ark/genesis.ts';
import type { GenesisItem, Transition } from '../../src/ark/genesis.ts';
import { encodePolicy, policyName, policyTag, type VtxoPolicy } from '../../src/ark/policy.ts';
import { controlBlock, tapLeafHash, type Taproot } from '../../src/ark/taproot.ts';
import { parseTx, serializeTx, txid, type Tx } from '../../src/ark/tx.ts';
import { isStandard, nonStandardVtxo } from '../../src/ark/validate.ts';
import { txidText, vtxoIdBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import * as v from '../../src/ark/vtxo.ts';
import type { Check } from './check.ts';

const OPCODES: Record<number, string> = {
  0x00: 'OP_0',
  0x75: 'OP_DROP',
  0x82: 'OP_SIZE',
  0x88: 'OP_EQUALVERIFY',
  0xa9: 'OP_HASH160',
  0xac: 'OP_CHECKSIG',
  0xb1: 'OP_CLTV',
  0xb2: 'OP_CSV',
};

/** rust-bitcoin's text of a script, as far as Ark's scripts go. */
export function asm(script: Uint8Array): string {
  const words: string[] = [];
  for (let i = 0; i < script.length; i++) {
    const op = script[i] as number;
    if (op >= 0x51 && op <= 0x60) words.push(`OP_PUSHNUM_${op - 0x50}`);
    else if (op > 0 && op <= 75) {
      words.push(`OP_PUSHBYTES_${op}`, toHex(script.subarray(i + 1, i + 1 + op)));
      i += op;
    } else words.push(OPCODES[op] ?? `OP_UNKNOWN_${op}`);
  }
  return words.join(' ');
}

const hex = (bytes: Uint8Array | undefined) => (bytes ? toHex(bytes) : null);

/** Txid (display order) and consensus bytes. */
export const txView = (tx: Tx) => ({ txid: txidText(txid(tx)), hex: toHex(serializeTx(tx)) });

/** A transaction of a file, read; its bytes and txid are compared on the way. */
export function readTx(given: { txid: string; hex: string }, check: Check, label: string): Tx {
  const tx = parseTx(fromHex(given.hex));
  check(txView(tx), given, label);
  return tx;
}

export const txOutView = (out: TxOut) => ({ value: out.value, script: toHex(out.script) });

/** type, tag, hex and the policy's own fields. */
export function policyView(policy: VtxoPolicy): Record<string, unknown> {
  const view: Record<string, unknown> = {
    type: policyName(policy),
    tag: policyTag(policy),
    hex: toHex(encodePolicy(policy)),
  };
  if ('userPubkey' in policy) view.user_pubkey = toHex(policy.userPubkey);
  if ('internalKey' in policy) view.internal_key = toHex(policy.internalKey);
  if ('unlockHash' in policy) view.unlock_hash = toHex(policy.unlockHash);
  if ('paymentHash' in policy) view.payment_hash = toHex(policy.paymentHash);
  if ('htlcExpiry' in policy) view.htlc_expiry = policy.htlcExpiry;
  if ('htlcExpiryDelta' in policy) view.htlc_expiry_delta = policy.htlcExpiryDelta;
  return view;
}

function transitionView(t: Transition) {
  const head = { type: transitionTag(t), kind: transitionName(t) };
  const signature = hex(t.signature);
  if (t.type === 'cosigned') return { ...head, pubkeys: t.pubkeys.map(toHex), signature };
  if (t.type === 'arkoor') {
    return {
      ...head,
      client_cosigners: t.clientCosigners.map(toHex),
      tap_tweak: toHex(t.tapTweak),
      signature,
    };
  }
  const unlock =
    'preimage' in t.unlock ? { preimage: toHex(t.unlock.preimage) } : { hash: toHex(t.unlock.hash) };
  return { ...head, user_pubkey: toHex(t.userPubkey), signature, unlock };
}

const itemView = (item: GenesisItem) => ({
  transition: transitionView(item.transition),
  nb_outputs: outputCount(item),
  output_idx: item.outputIdx,
  other_outputs: item.otherOutputs.map(txOutView),
  fee_amount: item.feeAmount,
});

function standardText(vtxo: v.Vtxo<VtxoPolicy>): string | null {
  const found = nonStandardVtxo(curve, vtxo);
  if (!found) return null;
  if (!found.sibling) {
    return found.problem === 'dust'
      ? "the VTXO's own output is below the dust limit for its script type"
      : "the VTXO's own output uses a non-standard script type";
  }
  const kind = found.problem === 'dust' ? 'dust sibling output' : 'non-standard script in sibling output';
  return `${kind} at genesis item ${found.sibling.item}/${vtxo.genesis.length}, output ${found.sibling.output}`;
}

/** A clause and what spends it, with an example signature (and preimage, where it takes one). */
export function clauseView(clause: Clause, taproot: Taproot, signature: Uint8Array, preimage?: Uint8Array) {
  const script = clauseScript(clause);
  const block = controlBlock(taproot, script);
  return {
    kind: 'version' in clause && clause.version === 0 ? `${clause.kind}-v0` : clause.kind,
    pubkey: toHex(clause.pubkey),
    tapscript: toHex(script),
    asm: asm(script),
    leaf_hash: toHex(tapLeafHash(script)),
    sequence: clauseSequence(clause),
    locktime: clauseLockTime(clause),
    control_block: toHex(block),
    witness_size: clauseWitnessSize(clause, block.length),
    example_witness: clauseWitness(clause, block, signature, preimage).map(toHex),
  };
}

/** Fields of a VTXO that every record of the vectors has. */
export const vtxoView = (vtxo: v.Vtxo<VtxoPolicy>) => ({
  hex: toHex(v.encodeVtxo(vtxo, 'full')),
  id: v.vtxoId(vtxo),
  id_bytes: toHex(vtxoIdBytes(vtxo.point)),
  amount: vtxo.amount,
  expiry_height: vtxo.expiryHeight,
  server_pubkey: toHex(vtxo.serverPubkey),
  exit_delta: vtxo.exitDelta,
  chain_anchor: vtxoIdText(vtxo.anchor),
  point: vtxoIdText(vtxo.point),
  policy: policyView(vtxo.policy),
  exit_depth: v.exitDepth(vtxo),
  genesis: vtxo.genesis.map(itemView),
  has_all_witnesses: v.hasAllWitnesses(vtxo),
  is_standard: isStandard(curve, vtxo),
  check_standard_error: standardText(vtxo),
  unlock_hash: hex(v.unlockHash(vtxo)),
  past_arkoor_pubkeys: v.pastArkoorPubkeys(vtxo).map((keys) => keys.map(toHex)),
  output_script_pubkey: toHex(v.vtxoTxOut(curve, vtxo).script),
});

/** As {@link vtxoView}, with what only full user VTXOs have. */
export const fullVtxoView = (vtxo: v.Vtxo<VtxoPolicy>) => ({
  ...vtxoView(vtxo),
  bare_hex: toHex(v.encodeVtxo(vtxo, 'bare')),
  genesis_hex: toHex(encodeGenesis(vtxo.genesis)),
  ancestor_ids: ancestorPoints(curve, vtxo).map(vtxoIdText),
  exit_txs: exitTransactions(curve, vtxo).map((step) => ({
    txid: txidText(step.txid),
    hex: toHex(serializeTx(step.tx)),
    output_idx: step.item.outputIdx,
  })),
});

/** Decodes a full user VTXO from hex. */
export const fullVtxo = (text: string): v.Vtxo => v.decodeVtxo(curve, fromHex(text), 'full');
