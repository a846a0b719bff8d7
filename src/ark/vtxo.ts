// The VTXO: its bytes (ark-lib vtxo/mod.rs) and the chain of transactions that brings it on-chain (vtxo/genesis.rs).
// Versions 1 and 2 are read, 2 is written. Decoding checks structure only: what a VTXO claims is proven by validate.ts.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { equalBytes } from '../crypto/bytes.ts';
import type { Sats } from '../units.ts';
import {
  decodeAll,
  encodeWith,
  invalidEncoding,
  type OutPoint,
  type PointChecks,
  type Reader,
  type TxOut,
} from './encode.ts';
import { readGenesis, unlockHashOf, writeGenesis, type GenesisItem, type VtxoVersion } from './genesis.ts';
import { policyTxOut, type PolicyContext } from './policy-taproot.ts';
import { readPolicy, readUserPolicy, writePolicy, type UserPolicy, type VtxoPolicy } from './policy.ts';
import { vtxoIdText } from './vtxo-id.ts';

const VERSION_WRITTEN: VtxoVersion = 2;

export interface Vtxo<P extends VtxoPolicy = UserPolicy> extends PolicyContext {
  readonly amount: Sats;
  readonly expiryHeight: number;
  /** 33 bytes. */
  readonly serverPubkey: Bytes;
  readonly exitDelta: number;
  /** The confirmed output that the whole chain hangs off. */
  readonly anchor: OutPoint;
  /** From the anchor down; empty in the bare form. */
  readonly genesis: readonly GenesisItem[];
  readonly policy: P;
  /** The VTXO's own output, its id. */
  readonly point: OutPoint;
}

/** full: with the genesis. bare: a genesis on the wire is read and dropped. */
export type VtxoForm = 'full' | 'bare';

export const sameOutPoint = (a: OutPoint, b: OutPoint): boolean =>
  a.vout === b.vout && equalBytes(a.txid, b.txid);

function readVtxo<P extends VtxoPolicy>(r: Reader, form: VtxoForm, policyOf: (r: Reader) => P): Vtxo<P> {
  const version = r.u16('version');
  if (version !== 1 && version !== 2) throw invalidEncoding(`vtxo version ${version}`);
  const amount = r.amount();
  const expiryHeight = r.blockHeight('expiry_height');
  const serverPubkey = r.publicKey('server key');
  const exitDelta = r.blockDelta('exit_delta');
  const anchor = r.outPoint('chain anchor');
  const genesis = readGenesis(r, version);
  const policy = policyOf(r);
  const point = r.outPoint('point');
  if (form === 'full' && (genesis.length === 0) !== sameOutPoint(point, anchor)) {
    throw invalidEncoding('genesis is empty if and only if point and anchor are one');
  }
  return {
    amount,
    expiryHeight,
    serverPubkey,
    exitDelta,
    anchor,
    genesis: form === 'full' ? genesis : [],
    policy,
    point,
  };
}

/** Reads one user VTXO that fills `bytes`. @throws SkiffError INVALID_ENCODING */
export const decodeVtxo = (curve: PointChecks, bytes: Bytes, form: VtxoForm): Vtxo =>
  decodeAll(curve, bytes, (r) => readVtxo(r, form, readUserPolicy));

/** As {@link decodeVtxo}, for the server's outputs: any policy. @throws SkiffError INVALID_ENCODING */
export const decodeServerVtxo = (curve: PointChecks, bytes: Bytes, form: VtxoForm): Vtxo<VtxoPolicy> =>
  decodeAll(curve, bytes, (r) => readVtxo(r, form, readPolicy));

/** Version 2 bytes. The bare form has an empty genesis. */
export const encodeVtxo = (vtxo: Vtxo<VtxoPolicy>, form: VtxoForm): Bytes =>
  encodeWith((w) => {
    w.u16(VERSION_WRITTEN)
      .u64(vtxo.amount)
      .u32(vtxo.expiryHeight)
      .bytes(vtxo.serverPubkey)
      .u16(vtxo.exitDelta);
    w.outPoint(vtxo.anchor);
    writeGenesis(w, form === 'full' ? vtxo.genesis : []);
    writePolicy(w, vtxo.policy);
    w.outPoint(vtxo.point);
  });

/** The VTXO's id as rows keep it. */
export const vtxoId = (vtxo: Pick<Vtxo, 'point'>): string => vtxoIdText(vtxo.point);

/** Number of transactions between the chain and this VTXO. */
export const exitDepth = (vtxo: Pick<Vtxo, 'genesis'>): number => vtxo.genesis.length;

/** The VTXO's own output. */
export const vtxoTxOut = (curve: Curve, vtxo: Vtxo<VtxoPolicy>): TxOut =>
  policyTxOut(curve, vtxo.policy, vtxo.amount, vtxo);

/** Unlock hash when the VTXO is itself a round leaf (its last transition is hash-locked). */
export function unlockHash(vtxo: Pick<Vtxo, 'genesis'>): Bytes | undefined {
  const last = vtxo.genesis.at(-1)?.transition;
  return last?.type === 'hash-locked-cosigned' ? unlockHashOf(last) : undefined;
}

/** Client cosigners of every out-of-round transition, oldest first: all who could have double-spent it with the server. */
export const pastArkoorPubkeys = (vtxo: Pick<Vtxo, 'genesis'>): (readonly Bytes[])[] =>
  vtxo.genesis.flatMap(({ transition }) =>
    transition.type === 'arkoor' ? [transition.clientCosigners] : [],
  );

/** Could every transaction of the exit be broadcast with what the genesis holds? */
export const hasAllWitnesses = (vtxo: Pick<Vtxo, 'genesis'>): boolean =>
  vtxo.genesis.every(
    ({ transition: t }) =>
      t.signature !== undefined && (t.type !== 'hash-locked-cosigned' || 'preimage' in t.unlock),
  );
