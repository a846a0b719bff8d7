// Is a coin that came by message ours and real? Its chain of signatures must lead down to a transaction that our own chain
// source knows, with our server's key, a plain policy and a key that we handed out. The answer is one of three: proven,
// of no use for ever, or not to be told yet (chain source out of reach or behind), which is thrown.

import { validateVtxo } from '../../ark/validate.ts';
import { decodeVtxo, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.ts';
import { isSkiffError } from '../../errors.ts';
import { coin } from '../../store/coins.ts';
import { keyByPubkey } from '../../store/keys.ts';
import { meta } from '../../store/meta.ts';
import type { KeyRow } from '../../store/rows.ts';
import { anchorsOf } from '../coins/chain-facts.ts';
import type { Deps } from '../ports.ts';

export interface ProvenCoin {
  vtxo: Vtxo;
  bytes: Uint8Array;
  key: KeyRow;
}

/**
 * Proves one coin. Undefined: known already, or useless (which is logged).
 * @throws SkiffError ANCHOR_NOT_FOUND, CHAIN_UNREACHABLE and the like: ask again later
 */
export async function proveCoin(deps: Deps, bytes: Uint8Array): Promise<ProvenCoin | undefined> {
  const { ports } = deps;
  const drop = (reason: string): undefined => {
    ports.log.warn('a received coin was not accepted', { reason, bytes: bytes.length });
    return undefined;
  };
  let vtxo: Vtxo;
  try {
    vtxo = decodeVtxo(ports.curve, bytes, 'full');
  } catch {
    return drop('undecodable');
  }
  const { policy } = vtxo;
  if (policy.type !== 'pubkey') return drop(`policy ${policy.type}`);
  const known = await ports.db.read(['coins', 'keys', 'meta'], async (tx) => ({
    coin: await coin(tx, vtxoId(vtxo)),
    key: await keyByPubkey(tx, toHex(policy.userPubkey)),
    wallet: await meta(tx, 'wallet'),
  }));
  if (known.coin) return undefined;
  if (!known.key) return drop('not a key of this wallet');
  if (!known.wallet?.serverPubkey || !equalBytes(vtxo.serverPubkey, fromHex(known.wallet.serverPubkey))) {
    return drop('another server');
  }
  const anchors = await anchorsOf(deps, [vtxo.anchor]);
  try {
    validateVtxo(ports.curve, vtxo, anchors.get(txidText(vtxo.anchor.txid))!);
  } catch (error) {
    if (isSkiffError(error, 'INVALID_VTXO')) return drop(error.details['reason'] ?? 'invalid');
    throw error;
  }
  return { vtxo, bytes, key: known.key };
}
