// The exchange after a round: the new coin's last signature, forfeits of the old ones, the preimage in return.
import { isNonce } from '../../../src/ark/cosign.ts';
import { decodeForfeitBundle, finishForfeit, forfeitProblem } from '../../../src/ark/forfeit.ts';
import { leafSighash } from '../../../src/ark/leaf-cosign.ts';
import { serializeTx, txid } from '../../../src/ark/tx.ts';
import { txidText, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import { decodeVtxo } from '../../../src/ark/vtxo.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { badArgument, internal, notFound, parsing } from '../../grpc/status.ts';
import type { ArkContext } from '../context.ts';
import { readVtxoId } from '../vtxos.ts';

const MAX_IDS = 1000;

/** RequestLeafVtxoCosign: as often as asked, with a new nonce each time. */
export function cosignLeaf(ctx: ArkContext, encodedId: Uint8Array, userNonce: Uint8Array) {
  const { curve, nonces, random, serverKey, state } = ctx;
  const id = readVtxoId(encodedId);
  nonces.add('RequestLeafVtxoCosign', [userNonce]);
  if (!isNonce(curve, userNonce)) throw badArgument('invalid public musig nonce');
  const locked = [...state.participations.values()]
    .flatMap((part) => part.issued?.coins ?? [])
    .find((coin) => coin.id === id);
  if (!locked) throw notFound('vtxo is no leaf of a round', [id]);
  const vtxo = decodeVtxo(curve, locked.locked, 'full');
  const { sighash } = leafSighash(curve, vtxo);
  const { secret, public: publicKey } = serverKey;
  const nonce = curve.generateNonce({ random: random(32), publicKey, secretKey: secret, message: sighash });
  const session = {
    keys: [vtxo.policy.userPubkey, publicKey],
    aggregateNonce: curve.aggregateNonces([userNonce, nonce.public]),
    message: sighash,
  };
  return { publicNonce: nonce.public, partialSignature: curve.partialSign(session, nonce.secret, secret) };
}

const unknownHash = () => badArgument('unknown unlock hash');

/** RequestForfeitNonces: the same ones again until they are used or old. */
export function forfeitNonces(ctx: ArkContext, unlockHash: Uint8Array, encodedIds: readonly Uint8Array[]) {
  const { curve, now, random, rounds, serverKey, state } = ctx;
  if (encodedIds.length > MAX_IDS) throw badArgument(`too many vtxo ids, max is ${MAX_IDS}`);
  if (unlockHash.length !== 32) throw badArgument('invalid unlock hash');
  const hash = toHex(unlockHash);
  const part = state.participations.get(hash);
  if (!part) throw unknownHash();
  const ids = encodedIds.map(readVtxoId);
  const foreign = ids.find((id, i) => !part.inputs.includes(id) || ids.indexOf(id) !== i);
  if (foreign !== undefined)
    throw badArgument(`vtxo with id ${foreign} is not part of this round participation`);
  return {
    publicNonces: ids.map((id) => {
      const held = rounds.forfeitNonces.get(id);
      if (held?.unlockHash === hash) return held.nonce.public;
      const { secret, public: publicKey } = serverKey;
      const nonce = curve.generateNonce({ random: random(32), publicKey, secretKey: secret });
      rounds.forfeitNonces.set(id, { unlockHash: hash, nonce, at: now() });
      return nonce.public;
    }),
  };
}

/** ForfeitVtxos: all inputs of one participation at once. Asked again, the preimage is there already. */
export function forfeitVtxos(ctx: ArkContext, encoded: readonly Uint8Array[]) {
  const { curve, nonces, rounds, serverKey, state } = ctx;
  const bundles = encoded.map((bytes) => parsing('forfeit bundle', () => decodeForfeitBundle(curve, bytes)));
  nonces.add(
    'ForfeitVtxos',
    bundles.map(({ userNonce }) => userNonce),
  );
  const [first] = bundles;
  if (!first) throw badArgument('zero forfeit bundles provided');
  const hash = toHex(first.unlockHash);
  const ids = bundles.map(({ point }) => vtxoIdText(point));
  if (bundles.some((bundle) => toHex(bundle.unlockHash) !== hash))
    throw badArgument('not all forfeit bundles have same unlock hash');
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw badArgument(`duplicate vtxo with id ${twice}`);
  const part = state.participations.get(hash);
  if (!part) throw unknownHash();
  if (part.forfeited) return { unlockPreimage: part.preimage };
  const foreign = ids.find((id) => !part.inputs.includes(id));
  if (foreign !== undefined)
    throw badArgument(`vtxo with id ${foreign} is not part of this round participation`);
  const missing = part.inputs.filter((id) => !ids.includes(id));
  if (missing.length > 0) throw badArgument(`missing input vtxos: ${missing.join(', ')}`);
  if (!part.issued) throw internal('round participation has no round_id');

  const transactions = bundles.map((bundle, i) => {
    const id = ids[i] as string;
    const vtxo = state.vtxos.get(id)?.vtxo;
    const held = rounds.forfeitNonces.get(id);
    rounds.forfeitNonces.delete(id);
    if (!held || !vtxo) throw badArgument(`no forfeit nonces generated for vtxo ${id}`);
    if (held.unlockHash !== hash)
      throw badArgument(
        `forfeit nonces were generated for unlock hash ${held.unlockHash} instead of ${hash}`,
      );
    const problem = forfeitProblem(curve, bundle, vtxo, held.nonce.public);
    if (problem) throw badArgument(`forfeit validation failed for vtxo ${id}: ${problem}`);
    return finishForfeit(curve, bundle, vtxo, held.nonce, serverKey.secret).tx;
  });
  for (const tx of transactions) state.transactions.set(txidText(txid(tx)), serializeTx(tx));
  for (const { id } of part.issued.coins) {
    const row = state.vtxos.get(id);
    if (row?.state === 'unclaimed') row.state = 'spendable';
  }
  part.forfeited = true;
  return { unlockPreimage: part.preimage };
}
