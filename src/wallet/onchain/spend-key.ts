// From an on-chain output of ours to the key that spends it.

import type { KeyRing } from '../key-ring.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';
import type { SpendKey } from './sign.ts';

/** The key of an output. The caller wipes the secret. */
export const spendKeyOf =
  (keys: KeyRing) =>
  (utxo: OnchainUtxoRow): SpendKey => {
    const { internal, script } = keys.onchainKey(utxo.scriptIndex);
    return { internal, script, secret: keys.onchainSecret(utxo.scriptIndex) };
  };
