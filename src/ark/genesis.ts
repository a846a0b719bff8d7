// A VTXO's genesis: the chain of transactions from a confirmed output to the VTXO, each item enough to rebuild its
// transaction (ark-lib vtxo/genesis.rs). Version 1 of the encoding has no fee amount; it is read as 0.
import type { Bytes } from '../crypto/curve.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Sats } from '../units.ts';
import { sats } from '../units.ts';
import { encodeWith, invalidEncoding, VECTOR_CAPS, type Reader, type TxOut, type Writer } from './encode.ts';
import type { HashLockVersion } from './policy.ts';

/** Board or internal tree node: all `pubkeys` signed; their order is kept on the wire although aggregation sorts. */
export interface CosignedTransition {
  readonly type: 'cosigned';
  readonly pubkeys: readonly Bytes[];
  readonly signature?: Bytes;
}

/** Out-of-round transfer: client cosigners and the server under an explicit 32-byte tap tweak. */
export interface ArkoorTransition {
  readonly type: 'arkoor';
  /** Client keys; the server's is left out. */
  readonly clientCosigners: readonly Bytes[];
  readonly tapTweak: Bytes;
  readonly signature?: Bytes;
}

/** Round leaf: spendable with the preimage that the server gives for the forfeited inputs. */
export interface HashLockedTransition {
  readonly type: 'hash-locked-cosigned';
  readonly version: HashLockVersion;
  readonly userPubkey: Bytes;
  readonly signature?: Bytes;
  readonly unlock: { readonly preimage: Bytes } | { readonly hash: Bytes };
}

export type Transition = CosignedTransition | ArkoorTransition | HashLockedTransition;

export interface GenesisItem {
  readonly transition: Transition;
  /** Position of our output among the outputs, the P2A anchor not counted. */
  readonly outputIdx: number;
  /** The other outputs in transaction order, without ours and without the anchor. */
  readonly otherOutputs: readonly TxOut[];
  /** Value of the P2A anchor. */
  readonly feeAmount: Sats;
}

export type VtxoVersion = 1 | 2;

/** Number of outputs of the item's transaction without the anchor. */
export const outputCount = (item: GenesisItem): number => item.otherOutputs.length + 1;

/** The name ark-lib gives a transition. */
export const transitionName = (t: Transition): string =>
  t.type === 'hash-locked-cosigned' && t.version === 1 ? 'hash-locked-cosigned-v1' : t.type;

/** The first byte of the transition's encoding. */
export function transitionTag(t: Transition): number {
  switch (t.type) {
    case 'cosigned':
      return 1;
    case 'arkoor':
      return 2;
    case 'hash-locked-cosigned':
      return t.version === 0 ? 3 : 4;
  }
}

/** SHA-256 that a round leaf is locked with. */
export const unlockHashOf = (t: HashLockedTransition): Bytes =>
  'preimage' in t.unlock ? sha256(t.unlock.preimage) : t.unlock.hash;

function readTransition(r: Reader): Transition {
  const tag = r.u8('transition type');
  const keys = () => r.vector(VECTOR_CAPS.publicKey, 'cosigners', (x) => x.publicKey('cosigner'));
  switch (tag) {
    case 1: {
      const pubkeys = keys();
      if (pubkeys.length === 0) throw invalidEncoding('cosigned transition without keys');
      return { type: 'cosigned', pubkeys, signature: r.optionalSignature() };
    }
    case 2:
      return {
        type: 'arkoor',
        clientCosigners: keys(),
        tapTweak: r.scalar('tap tweak'),
        signature: r.optionalSignature(),
      };
    case 3:
    case 4:
      return {
        type: 'hash-locked-cosigned',
        version: tag === 3 ? 0 : 1,
        userPubkey: r.publicKey('user key'),
        signature: r.optionalSignature(),
        unlock: readUnlock(r),
      };
    default:
      throw invalidEncoding(`transition type ${tag}`);
  }
}

function readUnlock(r: Reader): HashLockedTransition['unlock'] {
  const kind = r.u8('unlock kind');
  if (kind > 1) throw invalidEncoding(`unlock kind ${kind}`);
  return kind === 0 ? { preimage: r.hash('preimage') } : { hash: r.hash('unlock hash') };
}

function writeTransition(w: Writer, t: Transition): void {
  w.u8(transitionTag(t));
  switch (t.type) {
    case 'cosigned':
      w.vector(t.pubkeys, (x, key) => x.bytes(key)).optionalSignature(t.signature);
      return;
    case 'arkoor':
      w.vector(t.clientCosigners, (x, key) => x.bytes(key))
        .bytes(t.tapTweak)
        .optionalSignature(t.signature);
      return;
    case 'hash-locked-cosigned':
      w.bytes(t.userPubkey).optionalSignature(t.signature);
      if ('preimage' in t.unlock) w.u8(0).bytes(t.unlock.preimage);
      else w.u8(1).bytes(t.unlock.hash);
  }
}

function readItem(r: Reader, version: VtxoVersion): GenesisItem {
  const transition = readTransition(r);
  const outputs = r.u8('number of outputs');
  const outputIdx = r.u8('output index');
  if (outputs === 0) throw invalidEncoding('genesis item without outputs');
  if (outputIdx >= outputs) throw invalidEncoding('genesis output index out of range');
  const otherOutputs = Array.from({ length: outputs - 1 }, () => r.txOut('sibling output'));
  return { transition, outputIdx, otherOutputs, feeAmount: version === 1 ? sats(0) : r.amount('fee amount') };
}

function writeItem(w: Writer, item: GenesisItem): void {
  writeTransition(w, item.transition);
  w.u8(outputCount(item)).u8(item.outputIdx);
  for (const out of item.otherOutputs) w.txOut(out);
  w.u64(item.feeAmount);
}

/** cs n and the items in the layout of `version`. @throws SkiffError INVALID_ENCODING */
export const readGenesis = (r: Reader, version: VtxoVersion): GenesisItem[] =>
  r.vector(VECTOR_CAPS.genesisItem, 'genesis', (x) => readItem(x, version));

/** cs n and the items in the version 2 layout. */
export const writeGenesis = (w: Writer, items: readonly GenesisItem[]): void => {
  w.vector(items, writeItem);
};

/** A stand-alone genesis: the version 2 layout. */
export const encodeGenesis = (items: readonly GenesisItem[]): Bytes =>
  encodeWith((w) => writeGenesis(w, items));
