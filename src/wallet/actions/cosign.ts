// One exchange in which the server signs a package of transfers with us: build the transactions, make fresh nonces, ask,
// check the server's share, finish, and prove the new coins valid. Everything that needs the network (chains, anchors)
// happens before the request leaves; after the answer there is only local work until the caller's commit.

import { buildArkoorPackage, type ArkoorOutput, type ArkoorPackage } from '../../ark/arkoor-package.ts';
import { finishArkoor, startCosign } from '../../ark/arkoor.ts';
import { policyName, type UserPolicy } from '../../ark/policy.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import { encodeVtxo, exitDepth, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import type { FreshCoin } from '../changes.ts';
import { ownAnchorsOf, type Anchors } from '../coins/chain-facts.ts';
import { proveGrown } from '../coins/grown.ts';
import { loadCoins } from '../coins/load.ts';
import type { Deps } from '../ports.ts';

export interface CosignOutput extends ArkoorOutput {
  policy: UserPolicy;
  /** Index of our key in the policy; absent when the output is somebody else's. */
  key?: number;
}

export interface NewVtxo {
  row: Omit<FreshCoin, 'kind'>;
  vtxo: Vtxo;
  bytes: Uint8Array;
}

type Parts = Parameters<ArkServer['requestArkoorCosign']>[0]['parts'];
type Answer = ReturnType<ArkServer['requestArkoorCosign']>;
/** Which call carries the package. */
export type CosignRpc = (server: ArkServer, parts: Parts) => Answer;

export const arkoorRpc: CosignRpc = (server, parts) => server.requestArkoorCosign({ parts });
export const lightningRpc: CosignRpc = (server, parts) => server.requestLightningPayHtlcCosign({ parts });
export const revocationRpc: CosignRpc = (server, parts) =>
  server.requestLightningPayHtlcRevocation({ parts });

export interface CosignPlan {
  /** Ids of our coins, in order. */
  inputs: readonly string[];
  outputs: readonly CosignOutput[];
  rpc: CosignRpc;
}

/**
 * Runs the exchange. The same plan always asks for the same transactions, so repeating it after a lost answer is safe.
 * @throws what the call throws; SERVER_MISBEHAVED or INVALID_VTXO when the answer does not hold
 */
export async function cosign(deps: Deps, plan: CosignPlan): Promise<NewVtxo[]> {
  const { ports } = deps;
  const inputs = await loadCoins(deps, plan.inputs);
  const anchors = await ownAnchorsOf(
    deps,
    inputs.map((c) => c.vtxo.anchor),
  );
  const server = await ports.server();
  const keys = ports.keys.unlocked();
  const secrets = inputs.map((c) => keys.vtxoKey(c.row.keyIndex).secret);
  try {
    const arkoor = buildArkoorPackage(ports.curve, {
      inputs: inputs.map((c) => c.vtxo),
      outputs: plan.outputs,
    });
    const session = startCosign(ports.curve, arkoor, secrets, (n) => ports.random(n));
    const answer = await plan.rpc(server, session.parts);
    const vtxos = finishArkoor(ports.curve, arkoor, session, answer.parts, secrets);
    proveGrown(ports.curve, withParents(vtxos, arkoor), (v) => anchorFor(anchors, v));
    return vtxos.map((vtxo) => newVtxo(vtxo, plan.outputs));
  } finally {
    for (const secret of secrets) secret.fill(0);
  }
}

/** The 33-byte public key of our vtxo key `index`. @throws SkiffError LOCKED */
export const userKey = (deps: Deps, index: number): Uint8Array =>
  deps.ports.keys.unlocked().vtxoPublicKey(index);

/** New coins come part by part, one part for each input. */
const withParents = (vtxos: readonly Vtxo[], { parts }: ArkoorPackage) => {
  const depths = parts.flatMap(({ input, outputs, isolated }) =>
    [...outputs, ...isolated].map(() => exitDepth(input)),
  );
  return vtxos.map((vtxo, i) => ({ vtxo, parentDepth: depths[i] ?? 0 }));
};

function anchorFor(anchors: Anchors, vtxo: Vtxo): Uint8Array {
  const anchor = anchors.get(txidText(vtxo.anchor.txid));
  if (anchor) return anchor;
  throw new SkiffError({ code: 'INTERNAL', say: 'A coin came out with a foreign anchor.' });
}

function newVtxo(vtxo: Vtxo, outputs: readonly CosignOutput[]): NewVtxo {
  const output = outputs.find((o) => equalBytes(o.policy.userPubkey, vtxo.policy.userPubkey));
  return { row: coinFacts(vtxo, output?.key ?? -1), vtxo, bytes: encodeVtxo(vtxo, 'full') };
}

/** What the coin table keeps of a VTXO. */
export const coinFacts = (vtxo: Vtxo, keyIndex: number): Omit<FreshCoin, 'kind'> => ({
  id: vtxoId(vtxo),
  amount: vtxo.amount,
  expiryHeight: vtxo.expiryHeight,
  exitDepth: exitDepth(vtxo),
  policyType: policyName(vtxo.policy),
  keyIndex,
  anchorTxid: txidText(vtxo.anchor.txid),
});
