// The exchange of old coins for the new one, once its round is in a block: prove the new coin, get its last signature,
// forfeit the old ones, unlock the new one with the server's preimage. Every call may be repeated; our nonces are fresh
// each time.

import { buildForfeit, encodeForfeitBundle, signForfeit } from '../../../ark/forfeit.ts';
import {
  finishLeafCosign,
  startLeafCosign,
  unlockLeaf,
  validateLockedLeaf,
} from '../../../ark/leaf-cosign.ts';
import { encodePolicy } from '../../../ark/policy.ts';
import { parseVtxoId, txidText, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { validateVtxo } from '../../../ark/validate.ts';
import { decodeVtxo, encodeVtxo, unlockHash as unlockHashOf, vtxoId, type Vtxo } from '../../../ark/vtxo.ts';
import { equalBytes, fromHex } from '../../../crypto/bytes.ts';
import { isSkiffError, SkiffError, type ErrorCode } from '../../../errors.ts';
import { anchorsOf, recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerChains } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { coinFacts, userKey } from '../cosign.ts';
import type { Outcome } from '../outcome.ts';
import { terms, type InStep, type RefreshState } from './state.ts';

type Result = Outcome<RefreshState>;

/** Ids in one request for nonces. */
const BATCH = 1000;

const ASK_AGAIN = 30_000;
/** What the server showed is not what it should be. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set([
  'SERVER_MISBEHAVED',
  'INVALID_ENCODING',
  'INVALID_VTXO',
  'ANCHOR_NOT_FOUND',
]);

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The new coin is not the one that was asked for. The old coins were not given up.',
    details: { reason },
  });

/** The new coin fits what was asked for, in everything that does not depend on the time. */
async function provenCoin(deps: Deps, state: InStep<'issued' | 'signed' | 'forfeiting'>): Promise<Vtxo> {
  const { curve } = deps.ports;
  const coin = decodeVtxo(curve, state.coin, 'full');
  const info = await (await deps.ports.server()).info();
  const policy = { type: 'pubkey', userPubkey: userKey(deps, state.key) } as const;
  if (!equalBytes(encodePolicy(coin.policy), encodePolicy(policy))) throw misbehaved('policy');
  if (coin.amount !== state.amount) throw misbehaved('amount');
  if (!equalBytes(coin.serverPubkey, info.serverPubkey)) throw misbehaved('server-key');
  // Looked at before the old coins were signed away; what the server says of itself later changes nothing any more.
  if (state.step !== 'forfeiting' && coin.exitDelta !== info.vtxoExitDelta) throw misbehaved('exit-delta');
  const hash = unlockHashOf(coin);
  if (!hash || !equalBytes(hash, fromHex(state.unlockHash))) throw misbehaved('unlock-hash');
  return coin;
}

/** It lives long enough to be worth the old ones. Coins that have expired already have nothing to compare. */
async function checkLife(deps: Deps, state: InStep<'issued' | 'signed'>, coin: Vtxo): Promise<void> {
  const tip = await recentTip(deps);
  const inputs = await loadCoins(deps, state.inputs);
  const unexpired = inputs.some(({ row }) => row.expiryHeight > tip);
  const delta = Math.max(...inputs.map(({ vtxo }) => vtxo.exitDelta));
  const least = unexpired ? tip + 2 * deps.config.exitMargin + delta : 0;
  if (coin.expiryHeight < Math.max(least, (state.scheduledHeight ?? -1) + 1)) throw misbehaved('expiry');
}

/** The transaction of the round, under enough blocks. Where nobody has seen it, it is sent by us. */
async function roundTx(
  deps: Deps,
  state: InStep<'issued' | 'signed' | 'forfeiting'>,
  coin: Vtxo,
): Promise<Uint8Array> {
  const { ports } = deps;
  try {
    const raw = (await anchorsOf(deps, [coin.anchor])).get(txidText(coin.anchor.txid));
    if (raw) return raw;
  } catch (error) {
    if (!isSkiffError(error, 'ANCHOR_NOT_FOUND')) throw error;
    const server = await ports.server();
    const { roundFundingTx } = await server.roundParticipationStatus({
      unlockHash: fromHex(state.unlockHash),
    });
    if (roundFundingTx) await ports.chain.broadcast(roundFundingTx).catch(() => undefined);
    throw error;
  }
  throw new SkiffError({ code: 'INTERNAL', say: 'The transaction of a round is missing.' });
}

/** Proves the new coin and gets its last signature from the server. */
export async function issued(deps: Deps, state: InStep<'issued'>): Promise<Result> {
  const { ports } = deps;
  let coin: Vtxo;
  try {
    coin = await provenCoin(deps, state);
    await checkLife(deps, state, coin);
    validateLockedLeaf(ports.curve, coin, await roundTx(deps, state, coin));
  } catch (error) {
    if (!isSkiffError(error) || !DOUBTFUL.has(error.code)) throw error;
    // Nothing was given up: the server may show another one.
    const again: RefreshState = { ...terms(state), step: 'submitted', unlockHash: state.unlockHash };
    return { then: 'park', state: again, wakeAt: ports.now() + ASK_AGAIN, error };
  }
  const server = await ports.server();
  const { secret } = ports.keys.unlocked().vtxoKey(state.key);
  try {
    const session = startLeafCosign(ports.curve, coin, secret, (n) => ports.random(n));
    const { publicNonce, partialSignature } = await server.requestLeafVtxoCosign({
      vtxoId: session.vtxoId,
      publicNonce: session.nonce.public,
    });
    const answer = { publicNonce, partial: partialSignature };
    const signed = finishLeafCosign(ports.curve, coin, session, answer, secret);
    return {
      then: 'next',
      state: { ...state, step: 'signed', coin: encodeVtxo(signed, 'full') },
      changes: [{ do: 'movement', patch: { metadata: { funding_txid: txidText(coin.anchor.txid) } } }],
    };
  } finally {
    secret.fill(0);
  }
}

/** The last look before the old coins are signed away: nothing is asked, the decision is written down. */
export async function signed(deps: Deps, state: InStep<'signed'>): Promise<Result> {
  const coin = await provenCoin(deps, state);
  await checkLife(deps, state, coin);
  validateLockedLeaf(deps.ports.curve, coin, await roundTx(deps, state, coin));
  await registerChains(await deps.ports.server(), await loadCoins(deps, state.inputs));
  return { then: 'next', state: { ...state, step: 'forfeiting' } };
}

/** Forfeits the old coins and takes the new one. */
export async function forfeiting(deps: Deps, state: InStep<'forfeiting'>): Promise<Result> {
  const { ports } = deps;
  const coin = await provenCoin(deps, state);
  const anchor = await roundTx(deps, state, coin);
  const inputs = await loadCoins(deps, state.inputs);
  const server = await ports.server();
  const unlockHash = fromHex(state.unlockHash);
  const nonces: Uint8Array[] = [];
  for (let i = 0; i < inputs.length; i += BATCH) {
    const vtxoIds = inputs.slice(i, i + BATCH).map(({ row }) => vtxoIdBytes(parseVtxoId(row.id)));
    nonces.push(...(await server.requestForfeitNonces({ unlockHash, vtxoIds })).publicNonces);
  }
  if (nonces.length !== inputs.length) throw misbehaved('nonce-count');
  const keys = ports.keys.unlocked();
  const forfeitBundles = inputs.map(({ row, vtxo }, i) => {
    const { secret } = keys.vtxoKey(row.keyIndex);
    try {
      const forfeit = buildForfeit(ports.curve, vtxo, unlockHash);
      const nonce = nonces[i] as Uint8Array;
      return encodeForfeitBundle(signForfeit(ports.curve, forfeit, nonce, secret, (n) => ports.random(n)));
    } finally {
      secret.fill(0);
    }
  });
  const { unlockPreimage } = await server.forfeitVtxos({ forfeitBundles });
  const unlocked = unlockLeaf(coin, unlockPreimage);
  validateVtxo(ports.curve, unlocked, anchor);
  const id = vtxoId(unlocked);
  return {
    then: 'done',
    changes: [
      {
        do: 'add-coin',
        coin: { ...coinFacts(unlocked, state.key), kind: 'round' },
        body: encodeVtxo(unlocked, 'full'),
      },
      { do: 'spend-coins', ids: state.inputs },
      { do: 'movement', patch: { status: 'successful', outputs: [id] } },
    ],
  };
}
