// The output on the chain that an exited coin has become: where it is, how our keys open it, and the transaction that does.

import { buildClaim, claimInput, claimWeight, signClaim, type ClaimInput } from '../../ark/claim.ts';
import { exitChain } from '../../ark/exit.ts';
import { serializeTx, txid } from '../../ark/tx.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import { invoice } from '../../store/invoices.ts';
import { keyByPubkey } from '../../store/keys.ts';
import { feeAt } from '../onchain/weight.ts';
import type { Deps } from '../ports.ts';
import type { OnChain } from './state.ts';

/** How our key opens the coin's output. The preimage of an invoice of ours is known from its row. */
export async function waysOut({ ports }: Deps, vtxo: OnChain): Promise<ClaimInput> {
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
export async function confirmedAt({ ports }: Deps, vtxo: Vtxo): Promise<number | undefined> {
  const last = exitChain(ports.curve, vtxo).at(-1);
  const status = await ports.chain.txStatus(txidText(last ? last.txid : vtxo.anchor.txid));
  return status?.confirmed ? status.height : undefined;
}

export interface SignedClaim {
  txid: string;
  raw: Uint8Array;
}

/**
 * Builds and signs the claim of these coins to one script. @param rate sat/vB
 * @throws SkiffError DUST when they are worth less than the fee
 */
export async function signClaims(
  { ports }: Deps,
  inputs: readonly ClaimInput[],
  script: Uint8Array,
  tip: number,
  rate: number,
): Promise<SignedClaim> {
  const unsigned = buildClaim(inputs, script, tip, feeAt(rate, claimWeight(inputs, script)));
  const keys = ports.keys.unlocked();
  const secrets = new Map<string, Uint8Array>();
  try {
    for (const { clause } of inputs) {
      const pubkey = toHex(clause.pubkey);
      const row = await ports.db.read(['keys'], (tx) => keyByPubkey(tx, pubkey));
      secrets.set(pubkey, keys.vtxoKey(row?.index ?? -1).secret);
    }
    const secretOf = (pubkey: Uint8Array) => secrets.get(toHex(pubkey))!;
    const tx = signClaim(ports.curve, unsigned, inputs, secretOf, (n) => ports.random(n));
    return { txid: txidText(txid(tx)), raw: serializeTx(tx) };
  } finally {
    for (const secret of secrets.values()) secret.fill(0);
  }
}
