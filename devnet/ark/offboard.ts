// Offboards: coins against a bitcoin output, in a session of half a minute. Its nonces sign once; whatever goes wrong then,
// the session is over.
import { connectorBudget, keyOnlyScript, signKeyOnly } from '../../src/ark/connectors.ts';
import { isShareValid, type Answer } from '../../src/ark/cosign.ts';
import { offboardRequestPreimage, verifyAttestation } from '../../src/ark/attestation.ts';
import { blocksToExpiry, offboardFee } from '../../src/ark/fees.ts';
import { checkOffboardOutput, offboardForfeits, type OffboardForfeit } from '../../src/ark/offboard.ts';
import { serializeTx, txid, type Tx } from '../../src/ark/tx.ts';
import { txidText, vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import type { TxOut } from '../../src/ark/encode.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { NoncePair } from '../../src/crypto/curve.ts';
import type {
  FinishOffboardRequest,
  OffboardRequest,
  PrepareOffboardRequest,
} from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import { badArgument, checking, internal } from '../grpc/status.ts';
import type { ArkContext, KeyPair } from './context.ts';
import { broadcast, draft, release, signDraft, type Draft } from './purse.ts';
import type { VtxoRow } from './state.ts';
import { checkSpendable, findVtxos, readVtxoId } from './vtxos.ts';

const SESSION_MS = 30_000;

interface Session {
  readonly asked: string;
  readonly ids: readonly string[];
  readonly draft: Draft;
  readonly connector: KeyPair;
  readonly nonces: readonly NoncePair[];
  readonly startedAt: number;
  /** Used once; `signed` is there when that went well. */
  used: boolean;
  signed?: Uint8Array;
}

/** By txid, hex in internal order. In memory only: secret nonces are among it. */
export type OffboardSessions = Map<string, Session>;

function close(ctx: ArkContext, session: Session): void {
  for (const id of session.ids) ctx.inFlux.delete(id);
  if (!session.signed) release(ctx, session.draft);
}

function expireSessions(ctx: ArkContext): void {
  for (const [key, session] of ctx.offboards) {
    if (ctx.now() - session.startedAt <= SESSION_MS) continue;
    if (!session.used) close(ctx, session);
    ctx.offboards.delete(key);
  }
}

function checkAmount(
  { chain, config }: ArkContext,
  rows: readonly VtxoRow[],
  request: OffboardRequest,
  output: TxOut,
): void {
  const gross = rows.reduce((sum, { vtxo }) => sum + vtxo.amount, 0n);
  const tip = chain.height();
  const inputs = rows.map(({ vtxo }) => ({
    amount: vtxo.amount,
    blocksToExpiry: blocksToExpiry(vtxo.expiryHeight, tip),
  }));
  const destination = { scriptLength: output.script.length, feeRateKwu: request.feeRateKwu };
  const fee = (amount: bigint) => offboardFee(config.fees.offboard, sats(amount), inputs, destination);
  if (request.deductFeesFromGrossAmount) {
    const most = gross - fee(gross);
    if (output.value > most)
      throw badArgument(
        `offboard net amount does not match expected amount: provided = ${output.value}, expected = ${most}`,
      );
    return;
  }
  const total = output.value + fee(output.value);
  if (total > gross)
    throw badArgument(
      `offboard gross amount does not match expected amount: provided = ${gross}, expected = ${total}`,
    );
}

function checkAttestations(
  { curve }: ArkContext,
  rows: readonly VtxoRow[],
  attestations: readonly Uint8Array[],
  output: TxOut,
): void {
  if (attestations.length !== rows.length) throw badArgument('wrong number of attestations');
  const ids = rows.map(({ vtxo }) => vtxoIdBytes(vtxo.point));
  const preimage = offboardRequestPreimage(output, ids);
  rows.forEach(({ id, vtxo }, i) => {
    const attestation = attestations[i] ?? new Uint8Array();
    if (attestation.length !== 64 || !verifyAttestation(curve, preimage, attestation, vtxo.policy.userPubkey))
      throw badArgument(`invalid attestations for vtxo ${id}`);
  });
}

const answer = (session: Session) => ({
  offboardTx: serializeTx(session.draft.tx),
  forfeitCosignNonces: session.nonces.map((nonce) => nonce.public),
});

const askedFor = ({ netAmountSat, offboardSpk, deductFeesFromGrossAmount, feeRateKwu }: OffboardRequest) =>
  `${netAmountSat} ${toHex(offboardSpk)} ${deductFeesFromGrossAmount} ${feeRateKwu}`;

/** PrepareOffboard. The identical request gets the same answer while its session lives. */
export function prepareOffboard(
  ctx: ArkContext,
  { offboard, inputVtxoIds, attestation }: PrepareOffboardRequest,
) {
  const { config, curve, now, offboards, random, serverKey } = ctx;
  expireSessions(ctx);
  if (offboard === undefined) throw badArgument('missing offboard field');
  if (inputVtxoIds.length > config.maxOffboardInputs) throw badArgument('too many inputs');
  if (inputVtxoIds.length === 0) throw badArgument('no inputs');
  const output: TxOut = { value: sats(offboard.netAmountSat), script: offboard.offboardSpk };
  checking('invalid offboard request', () => checkOffboardOutput(output));
  const ids = inputVtxoIds.map(readVtxoId);
  if (new Set(ids).size !== ids.length) throw badArgument('duplicate input vtxo');
  const rows = findVtxos(ctx, ids);
  const asked = askedFor(offboard);
  const same = [...offboards.values()].find(
    (s) => !s.used && s.asked === asked && s.ids.join() === ids.join(),
  );
  if (same) {
    checkAttestations(ctx, rows, attestation, output);
    return answer(same);
  }
  if (ids.some((id) => ctx.inFlux.has(id))) throw internal('some VTXO is already locked by another process');
  if (attestation.length !== ids.length) throw badArgument('wrong number of attestations');
  for (const row of rows) checkSpendable(ctx, row);
  const rate = config.offboardFeerateSatVkb / 4n;
  if (offboard.feeRateKwu !== rate)
    throw badArgument(`fee rate is no longer valid: provided = ${offboard.feeRateKwu}, expected = ${rate}`);
  checkAmount(ctx, rows, offboard, output);
  checkAttestations(ctx, rows, attestation, output);

  const secret = random(32);
  const connector = { secret, public: curve.publicKey(secret) };
  const connectorOutput = {
    value: connectorBudget(ids.length),
    script: keyOnlyScript(curve, connector.public),
  };
  const session: Session = {
    asked,
    ids,
    connector,
    draft: draft(ctx, [output, connectorOutput], config.offboardFeerateSatVkb),
    nonces: ids.map(() =>
      curve.generateNonce({
        random: random(32),
        publicKey: serverKey.public,
        secretKey: serverKey.secret,
      }),
    ),
    startedAt: now(),
    used: false,
  };
  for (const id of ids) ctx.inFlux.add(id);
  offboards.set(toHex(txid(session.draft.tx)), session);
  return answer(session);
}

/** The forfeit with both signatures: of the coin and of its connector. */
function signForfeit(
  { curve, random, serverKey }: ArkContext,
  forfeit: OffboardForfeit,
  share: Answer,
  nonce: NoncePair,
  connector: KeyPair,
): Tx {
  const { sighash, spent, tweak, tx, userPubkey, serverPubkey } = forfeit;
  const session = {
    keys: [userPubkey, serverPubkey],
    aggregateNonce: curve.aggregateNonces([share.publicNonce, nonce.public]),
    message: sighash,
    tweak,
  };
  const own = curve.partialSign(session, nonce.secret, serverKey.secret);
  const coin = curve.aggregatePartials(session, [share.partial, own]);
  const link = signKeyOnly(curve, tx, 1, spent, connector.secret, random(32));
  return { ...tx, inputs: tx.inputs.map((input, i) => ({ ...input, witness: [i === 0 ? coin : link] })) };
}

/** FinishOffboard: one try. Repeated after a success, the transaction is handed out again. */
export function finishOffboard(ctx: ArkContext, request: FinishOffboardRequest) {
  const { curve, nonces, offboards, state } = ctx;
  nonces.add('FinishOffboard', request.userNonces);
  expireSessions(ctx);
  const session = offboards.get(toHex(request.offboardTxid));
  if (session?.signed) return { signedOffboardTx: session.signed };
  if (!session || session.used) throw badArgument('unknown offboard txid');
  session.used = true;
  try {
    const { ids } = session;
    if (request.userNonces.length !== ids.length) throw badArgument('incorrect number of public nonces');
    if (request.partialSignatures.length !== ids.length)
      throw badArgument('incorrect number of partial signatures');
    const rows = findVtxos(ctx, ids);
    const { fanout, forfeits } = offboardForfeits(
      curve,
      rows.map(({ vtxo }) => vtxo),
      session.draft.tx,
    );
    const shares = forfeits.map((forfeit, i): Answer => {
      const share = {
        publicNonce: request.userNonces[i] as Uint8Array,
        partial: request.partialSignatures[i] as Uint8Array,
      };
      if (!isShareValid(curve, forfeit, share, (session.nonces[i] as NoncePair).public))
        throw badArgument('invalid partial forfeit signatures');
      return share;
    });
    const signed = forfeits.map((forfeit, i) =>
      signForfeit(ctx, forfeit, shares[i] as Answer, session.nonces[i] as NoncePair, session.connector),
    );
    const tx = signDraft(ctx, session.draft);
    const id = txidText(txid(tx));
    try {
      broadcast(ctx, id, tx);
    } catch (e) {
      throw internal(`mempool rejected offboard tx: ${e instanceof Error ? e.message : String(e)}`);
    }
    for (const one of [tx, ...(fanout ? [fanout] : []), ...signed])
      state.transactions.set(txidText(txid(one)), serializeTx(one));
    for (const row of rows) Object.assign(row, { state: 'spent', spentBy: id });
    session.signed = serializeTx(tx);
    return { signedOffboardTx: session.signed };
  } finally {
    close(ctx, session);
  }
}
