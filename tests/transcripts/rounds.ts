// Rounds of the transcripts followed from the proposal to the unlocked coins: the tree is what the round transaction
// funds, every share and signature holds, the coins come out of the tree as the wallet registered them, and each old coin
// was forfeited for the hash that the server's preimage opens.
import { cosignSession } from '../../src/ark/cosign.ts';
import { decodeForfeitBundle, encodeForfeitBundle, forfeitProblem } from '../../src/ark/forfeit.ts';
import { leafSighash, unlockLeaf, unlocks, validateLockedLeaf } from '../../src/ark/leaf-cosign.ts';
import { decodeUserPolicy } from '../../src/ark/policy.ts';
import { checkSignedRoundTx, roundTree } from '../../src/ark/rounds.ts';
import { leafVtxo } from '../../src/ark/signed-tree.ts';
import { innerNodes } from '../../src/ark/tree.ts';
import { invalidTreeSignature, verifyBranch } from '../../src/ark/tree-cosign.ts';
import { decodeTreeSpec, encodeTreeSpec, participationLeaves } from '../../src/ark/tree-spec.ts';
import type { VtxoTree } from '../../src/ark/tree-transactions.ts';
import { parseTx } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, encodeVtxo, unlockHash, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

interface File {
  readonly requests: readonly unknown[];
  readonly responses: readonly unknown[];
  readonly tally: Tally;
  readonly name: string;
}

const present = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} is missing`);
  return value;
};

/** Registered coins that are round leaves, unlocked, by id. */
function registered({ requests }: File): Map<string, Vtxo> {
  const all = ofType<ark.RegisterVtxoTransactionsRequest>(requests, 'RegisterVtxoTransactionsRequest')
    .flatMap((r) => r.vtxos)
    .map((bytes) => decodeVtxo(curve, bytes, 'full'))
    .filter((vtxo) => unlockHash(vtxo) !== undefined);
  return new Map(all.map((vtxo) => [vtxoId(vtxo), vtxo]));
}

/** A coin as it was before it was unlocked: the hash in place of the preimage, and no last signature. */
const lockedAgain = (vtxo: Vtxo): Vtxo => ({
  ...vtxo,
  genesis: vtxo.genesis.map((item) =>
    item.transition.type === 'hash-locked-cosigned' && item === vtxo.genesis.at(-1)
      ? {
          ...item,
          transition: {
            ...item.transition,
            signature: undefined,
            unlock: { hash: present(unlockHash(vtxo), 'hash') },
          },
        }
      : item,
  ),
});

const sameVtxo = (a: Vtxo, b: Vtxo): boolean => equalBytes(encodeVtxo(a, 'full'), encodeVtxo(b, 'full'));

function interactive(file: File, world: World): void {
  const { requests, responses, tally, name } = file;
  const [proposal] = ofType<ark.VtxoProposal>(responses, 'VtxoProposal');
  if (!proposal) return;
  const [submit] = ofType<ark.SubmitPaymentRequest>(requests, 'SubmitPaymentRequest');
  const [accepted] = ofType<ark.SubmitPaymentResponse>(responses, 'SubmitPaymentResponse');
  const [finished] = ofType<ark.RoundFinished>(responses, 'RoundFinished');
  let tree: VtxoTree | undefined;
  tally.attempt('round trees funded by their transactions', name, () => {
    const spec = decodeTreeSpec(curve, proposal.vtxosSpec);
    tally.check('tree specs encoded again', equalBytes(encodeTreeSpec(spec), proposal.vtxosSpec), name);
    tree = roundTree(curve, spec, parseTx(proposal.unsignedRoundTx));
    return innerNodes(tree.shape).length === proposal.vtxosAggNonces.length;
  });
  tally.attempt('shares of tree signatures', name, () => {
    const wanted = present(submit, 'submit').vtxoRequests;
    const made = present(tree, 'tree');
    const leaves = participationLeaves(
      made.spec,
      present(accepted, 'unlock hash').unlockHash,
      wanted.map(({ vtxo }) => ({
        amount: sats(vtxo?.amount ?? 0n),
        policy: decodeUserPolicy(curve, vtxo?.policy ?? new Uint8Array()),
      })),
    );
    return present(leaves, 'own leaves').every((leaf, i) => {
      const { cosignPubkey, publicNonces } = present(wanted[i], 'request');
      const sent = ofType<ark.VtxoSignaturesRequest>(requests, 'VtxoSignaturesRequest').find((s) =>
        equalBytes(s.pubkey, cosignPubkey),
      );
      const shares = present(sent, 'shares').signatures;
      return verifyBranch(curve, made, leaf, proposal.vtxosAggNonces, publicNonces, shares);
    });
  });
  tally.attempt('tree signatures', name, () => {
    const made = present(tree, 'tree');
    const { signedRoundTx, vtxoCosignSignatures } = present(finished, 'finished round');
    const roundTx = parseTx(signedRoundTx);
    const onChain = world.chain.has(txidText(checkSignedRoundTx(made, roundTx)));
    tally.check('round transactions in the chain', onChain, name);
    const coins = registered(file);
    made.spec.leaves.forEach((_, leaf) => {
      tally.attempt('locked round coins valid', `${name} leaf ${leaf}`, () => {
        const vtxo = leafVtxo(made, vtxoCosignSignatures, leaf);
        validateLockedLeaf(curve, vtxo, roundTx);
        const later = coins.get(vtxoId(vtxo));
        if (later) tally.check('round coins out of the tree', sameVtxo(vtxo, lockedAgain(later)), name);
      });
    });
    return invalidTreeSignature(curve, made, vtxoCosignSignatures) === undefined;
  });
}

/** Locked coins as a delegated participation shows them. */
function delegated({ responses, tally, name }: File, world: World, coins: Map<string, Vtxo>): void {
  for (const status of ofType<ark.RoundParticipationStatusResponse>(
    responses,
    'RoundParticipationStatusResponse',
  )) {
    for (const bytes of status.outputVtxos) {
      tally.attempt('locked round coins valid', name, () => {
        const vtxo = decodeVtxo(curve, bytes, 'full');
        const roundTx = parseTx(present(status.roundFundingTx, 'round transaction'));
        validateLockedLeaf(curve, vtxo, roundTx);
        tally.check('round transactions in the chain', world.chain.has(txidText(vtxo.anchor.txid)), name);
        const later = coins.get(vtxoId(vtxo));
        return later !== undefined && sameVtxo(lockedAgain(vtxo), lockedAgain(later));
      });
    }
  }
}

/** The exchange of old coins for new ones. */
function exchange(file: File, calls: readonly Call[], world: World): void {
  const { requests, responses, tally, name } = file;
  const coins = registered(file);
  delegated(file, world, coins);
  for (const call of calls) {
    const [request] = ofType<ark.LeafVtxoCosignRequest>(call.requests, 'LeafVtxoCosignRequest');
    const [answer] = ofType<ark.LeafVtxoCosignResponse>(call.responses, 'LeafVtxoCosignResponse');
    if (!request || !answer) continue;
    tally.attempt('server partial signatures (round coins)', name, () => {
      const vtxo = present(world.vtxo(request.vtxoId), 'round coin');
      const keys = { userPubkey: vtxo.policy.userPubkey, serverPubkey: vtxo.serverPubkey };
      const share = { publicNonce: answer.publicNonce, partial: answer.partialSignature };
      const { sighash } = leafSighash(curve, vtxo);
      return cosignSession(curve, keys, { message: sighash }, request.publicNonce, share) !== undefined;
    });
  }
  const [asked] = ofType<ark.ForfeitNoncesRequest>(requests, 'ForfeitNoncesRequest');
  const [nonces] = ofType<ark.ForfeitNoncesResponse>(responses, 'ForfeitNoncesResponse');
  const [sent] = ofType<ark.ForfeitVtxosRequest>(requests, 'ForfeitVtxosRequest');
  const [opened] = ofType<ark.ForfeitVtxosResponse>(responses, 'ForfeitVtxosResponse');
  if (!asked || !nonces || !sent || !opened) return;
  sent.forfeitBundles.forEach((bytes, i) =>
    tally.attempt('forfeits of old coins', `${name} ${i}`, () => {
      const bundle = decodeForfeitBundle(curve, bytes);
      tally.check('forfeit bundles encoded again', equalBytes(encodeForfeitBundle(bundle), bytes), name);
      const input = present(world.vtxo(present(asked.vtxoIds[i], 'id')), 'old coin');
      if (!equalBytes(bundle.unlockHash, asked.unlockHash)) throw new Error('another hash');
      if (!world.ownerOf(input.policy.userPubkey)) throw new Error('the coin belongs to no wallet');
      return forfeitProblem(curve, bundle, input, present(nonces.publicNonces[i], 'nonce')) === undefined;
    }),
  );
  tally.check('a forfeit for each old coin', sent.forfeitBundles.length === asked.vtxoIds.length, name);
  const opening = [...coins.values()].filter((vtxo) => unlocks(vtxo, opened.unlockPreimage));
  tally.check('round coins opened by the preimage', opening.length > 0, name);
  for (const vtxo of opening) {
    const isOurs = world.ownerOf(vtxo.policy.userPubkey) !== undefined;
    tally.check('keys of new coins', isOurs, `${name} ${vtxoId(vtxo)}`);
    tally.attempt('round coins unlocked', `${name} ${vtxoId(vtxo)}`, () =>
      sameVtxo(unlockLeaf(vtxo, opened.unlockPreimage), vtxo),
    );
  }
}

/** Every round of the transcripts. */
export function checkRounds(calls: readonly Call[], world: World, tallyOf: (file: string) => Tally): void {
  for (const name of new Set(calls.map((call) => call.file))) {
    const own = calls.filter((call) => call.file === name);
    const file = {
      requests: own.flatMap((call) => call.requests),
      responses: own.flatMap((call) => call.responses),
      tally: tallyOf(name),
      name,
    };
    interactive(file, world);
    exchange(file, own, world);
  }
}
