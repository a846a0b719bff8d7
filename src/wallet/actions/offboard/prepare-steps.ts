// The exchange with the server: it shows the transaction that would pay us, we check it and sign forfeits that spend its
// connectors, it signs. Its session lives half a minute; when it is over, the transaction may be out all the same, so the
// chain is asked before anything else.

import { attest, offboardRequestPreimage } from '../../../ark/attestation.ts';
import { isNonce } from '../../../ark/cosign.ts';
import {
  checkOffboardTx,
  offboardForfeits,
  offboardInputs,
  signOffboardForfeits,
} from '../../../ark/offboard.ts';
import { parseTx, txid, type Tx } from '../../../ark/tx.ts';
import { txidText, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { equalBytes, toHex } from '../../../crypto/bytes.ts';
import { SkiffError } from '../../../errors.ts';
import { loadCoins, registerMissing, type LoadedCoin } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { serverHasSpent } from '../reclaim.ts';
import { isRejection } from '../rejection.ts';
import { terms, type InStep, type OffboardState } from './state.ts';
import { scriptOf } from './terms.ts';

type Result = Outcome<OffboardState>;

const PAUSE = 30_000;

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server’s payment to the chain is not what was asked for. Nothing was given up.',
    details: { reason },
  });

const outputOf = ({ config }: Deps, state: OffboardState) => ({
  value: state.amount,
  script: scriptOf(state.address, config.network),
});

/** The coins in the order of the protocol. */
async function ordered(deps: Deps, ids: readonly string[]): Promise<LoadedCoin[]> {
  const coins = await loadCoins(deps, ids);
  return offboardInputs(coins.map((c) => c.vtxo)).flatMap((v) => coins.find((c) => c.vtxo === v) ?? []);
}

/** Asks for the transaction. */
export async function ready(deps: Deps, state: InStep<'ready'>): Promise<Result> {
  if (state.prior && (await isOut(deps, state.prior))) return adopted(state, state.prior);
  const { ports } = deps;
  const server = await ports.server();
  const coins = await ordered(deps, state.coins);
  const output = outputOf(deps, state);
  const inputVtxoIds = coins.map(({ vtxo }) => vtxoIdBytes(vtxo.point));
  const keys = ports.keys.unlocked();
  const preimage = offboardRequestPreimage(output, inputVtxoIds);
  const attestation = coins.map(({ row }) => {
    const { secret } = keys.vtxoKey(row.keyIndex);
    const signature = attest(ports.curve, preimage, secret, ports.random(32));
    secret.fill(0);
    return signature;
  });
  try {
    await registerMissing(server, coins);
    const { offboardTx, forfeitCosignNonces } = await server.prepareOffboard({
      offboard: {
        netAmountSat: state.amount,
        offboardSpk: output.script,
        deductFeesFromGrossAmount: state.kind === 'whole',
        feeRateKwu: state.feeRateKwu,
      },
      inputVtxoIds,
      attestation,
    });
    checkOffboardTx(output, coins.length, parseTx(offboardTx));
    if (forfeitCosignNonces.length !== coins.length) throw misbehaved('nonce-count');
    // One that cannot be signed with is asked for again, not kept.
    if (!forfeitCosignNonces.every((nonce) => isNonce(ports.curve, nonce))) throw misbehaved('nonce');
    const prepared = { tx: offboardTx, nonces: forfeitCosignNonces };
    const { coins: ids, since, prior } = state;
    return {
      then: 'next',
      state: { ...terms(state), step: 'prepared', coins: ids, since, prepared, ...(prior && { prior }) },
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    return refused(deps, state, error);
  }
}

/** Signs the forfeits with fresh nonces and takes the signed transaction. */
export async function prepared(deps: Deps, state: InStep<'prepared'>): Promise<Result> {
  const { ports } = deps;
  const coins = await ordered(deps, state.coins);
  const tx = parseTx(state.prepared.tx);
  checkOffboardTx(outputOf(deps, state), coins.length, tx);
  const server = await ports.server();
  const { forfeits } = offboardForfeits(
    ports.curve,
    coins.map((c) => c.vtxo),
    tx,
  );
  const keys = ports.keys.unlocked();
  const secrets = coins.map(({ row }) => keys.vtxoKey(row.keyIndex).secret);
  try {
    const shares = signOffboardForfeits(ports.curve, forfeits, state.prepared.nonces, secrets, (n) =>
      ports.random(n),
    );
    const { signedOffboardTx } = await server.finishOffboard({
      offboardTxid: txid(tx),
      userNonces: shares.map((s) => s.publicNonce),
      partialSignatures: shares.map((s) => s.partial),
    });
    checkSigned(tx, parseTx(signedOffboardTx));
    return adopted(state, signedOffboardTx);
  } catch (error) {
    if (!isRejection(error)) throw error;
    // The session is over, and this transaction perhaps out: look for it, then begin anew.
    return {
      then: 'park',
      state: {
        ...terms(state),
        step: 'ready',
        coins: state.coins,
        since: state.since,
        prior: state.prepared.tx,
      },
      wakeAt: ports.now() + PAUSE,
      error,
    };
  } finally {
    for (const secret of secrets) secret.fill(0);
  }
}

function checkSigned(asked: Tx, signed: Tx): void {
  if (!equalBytes(txid(asked), txid(signed))) throw misbehaved('txid');
  const unsigned = signed.inputs.some((i) => !i.witness?.length && !i.scriptSig?.length);
  if (unsigned) throw misbehaved('unsigned');
}

/** Does the chain or the mempool know it? */
const isOut = async ({ ports }: Deps, tx: Uint8Array): Promise<boolean> =>
  (await ports.chain.txStatus(txidText(txid(parseTx(tx))))) !== undefined;

const adopted = (state: InStep<'ready' | 'prepared'>, signed: Uint8Array): Result => ({
  then: 'next',
  state: { ...terms(state), step: 'confirming', coins: state.coins, since: state.since, signed },
  changes: [
    {
      do: 'movement',
      patch: {
        metadata: { offboard_txid: txidText(txid(parseTx(signed))), offboard_tx: toHex(signed) },
      },
    },
  ],
});

/**
 * The server will not prepare it (any more). Coins that it does not count as spent are free again: forfeits that left for
 * an earlier transaction are worth something only if that one pays us.
 */
async function refused(deps: Deps, state: InStep<'ready'>, error: SkiffError): Promise<Result> {
  if (state.prior && (await serverHasSpent(deps, state.coins)))
    return { then: 'park', state, wakeAt: deps.ports.now() + PAUSE, error };
  const said = error.details['said'] ?? '';
  const failure: FailureNote = {
    code: 'SERVER_REFUSED',
    say: `The Ark server refused the payment to the chain${said === '' ? '' : ` (${said})`}. Your coins are still here.`,
  };
  return {
    then: 'failed',
    error: errorOf(failure),
    changes: [
      { do: 'unlock-coins', ids: state.coins },
      ...failedWith(failure, { outputs: state.kind === 'exact' ? state.coins : [] }),
    ],
  };
}
