// The steps up to the round: handing the participation in, and waiting until the server has made the new coin. Handing in
// again is harmless: a later participation takes the place of an earlier one with the same coins. One whose answer was
// lost and that was issued meanwhile is found by the notice in the mailbox (heard.ts).

import { attest, delegatedRoundPreimage } from '../../../ark/attestation.ts';
import { encodePolicy } from '../../../ark/policy.ts';
import { parseVtxoId, vtxoIdBytes, vtxoIdFromBytes, vtxoIdText } from '../../../ark/vtxo-id.ts';
import { fromHex, toHex } from '../../../crypto/bytes.ts';
import { RoundParticipationStatus } from '../../../server/gen/bark_server_pb.js';
import { isUnknown } from '../../../server/errors.ts';
import { coins, coinTables, liveCoins } from '../../../store/coins.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import type { CoinRow } from '../../../store/rows.ts';
import type { Change } from '../../changes.ts';
import { recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerMissing, type LoadedCoin } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { userKey } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { serverHasSpent } from '../reclaim.ts';
import { isRejection } from '../rejection.ts';
import { heardOf } from './heard.ts';
import { GIVE_UP, PATIENCE, terms, type InStep, type RefreshState, type RefreshTerms } from './state.ts';
import { priceOf } from './terms.ts';

type Result = Outcome<RefreshState>;

export const POLL_MS = 30_000;
const SCHEDULED_POLL_MS = 10 * 60_000;
/** Blocks before the scheduled height at which the coins stop being spendable: the server may take them any moment. */
const LOCK_AHEAD = 6;

/** Hands the participation in. */
export async function planned(deps: Deps, id: string, state: InStep<'planned'>): Promise<Result> {
  const changed = await withoutSpent(deps, id, state);
  if (changed) return changed;
  const { ports } = deps;
  const server = await ports.server();
  const coins = await loadCoins(deps, state.inputs);
  try {
    await registerMissing(server, coins);
    const { unlockHash } = await server.submitRoundParticipation(request(deps, state, coins));
    if (unlockHash.length !== 32) throw misbehaved('unlock-hash');
    return { then: 'next', state: { ...terms(state), step: 'submitted', unlockHash: toHex(unlockHash) } };
  } catch (error) {
    if (!isRejection(error)) throw error;
    if (!(await serverHasSpent(deps, state.inputs))) return calledOff(state, refused(error));
    // Spent, but not by us: then by an earlier participation of these coins whose answer was lost.
    const unlockHash = await heardOf(deps, state.inputs);
    if (unlockHash === undefined) return { then: 'retry', state, error };
    return { then: 'next', state: { ...terms(state), step: 'submitted', unlockHash } };
  }
}

function request(deps: Deps, state: RefreshTerms, coins: readonly LoadedCoin[]) {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const policy = { type: 'pubkey', userPubkey: userKey(deps, state.key) } as const;
  const wanted = [{ amount: state.amount, policy }];
  return {
    inputVtxos: coins.map(({ row }) => {
      const vtxoId = vtxoIdBytes(parseVtxoId(row.id));
      const { secret } = keys.vtxoKey(row.keyIndex);
      const attestation = attest(
        ports.curve,
        delegatedRoundPreimage(vtxoId, wanted),
        secret,
        ports.random(32),
      );
      secret.fill(0);
      return { vtxoId, attestation };
    }),
    vtxoRequests: [{ amount: state.amount, policy: encodePolicy(policy) }],
    unblindedMailboxId: keys.mailbox().publicKey,
    ...(state.scheduledHeight !== undefined && { scheduledHeight: state.scheduledHeight }),
  };
}

/** Waits for the round. */
export async function submitted(deps: Deps, id: string, state: InStep<'submitted'>): Promise<Result> {
  const server = await deps.ports.server();
  let status: Awaited<ReturnType<typeof server.roundParticipationStatus>>;
  try {
    status = await server.roundParticipationStatus({ unlockHash: fromHex(state.unlockHash) });
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return dropped(deps, id, state);
  }
  const tip = await recentTip(deps);
  if (status.status === RoundParticipationStatus.ROUND_PART_PENDING) return waiting(deps, id, state, tip);
  const [coin, more] = status.outputVtxos;
  if (!coin || more) throw misbehaved('output-count');
  const took = status.inputVtxoIds.map((bytes) => vtxoIdText(vtxoIdFromBytes(bytes)));
  // Servers of old do not say.
  if (took.length > 0 && took.sort().join() !== [...state.inputs].sort().join()) throw misbehaved('inputs');
  const away = await notToBeHad(deps, id, state);
  if (away) return away;
  return {
    then: 'next',
    state: {
      ...terms(state),
      ...(!state.locked && { locked: true, sinceHeight: tip }),
      step: 'issued',
      unlockHash: state.unlockHash,
      since: tip,
      coin,
    },
    changes: [{ do: 'lock-coins', ids: state.inputs }],
  };
}

/**
 * The round has taken the coins, though something of ours holds or has used one of them. What holds it will find that it
 * cannot spend it any more, and hands it over (yield.ts): this only takes time. All of them have to be forfeited for the
 * new coin, so where one is gone for good the others wait for the server to free them, or leave by the chain.
 */
async function notToBeHad(deps: Deps, id: string, state: InStep<'submitted'>): Promise<Result | undefined> {
  const rows = await deps.ports.db.read(coinTables, (tx) => coins(tx, state.inputs));
  const ours = rows.filter((c) => c.state === 'spendable' || (c.state === 'locked' && c.holder === id));
  if (ours.length === rows.length) return undefined;
  const gone = rows.filter((c) => c.state === 'spent' || c.state === 'exited');
  const left = { ...state, inputs: ours.map((c) => c.id) };
  if (gone.length > 0 && ours.length + gone.length === rows.length) {
    if (ours.length === 0 || !(await serverHasSpent(deps, left.inputs))) return calledOff(left, SPENT);
  }
  return {
    then: 'park',
    state,
    wakeAt: deps.ports.now() + POLL_MS,
    error: errorOf(gone.length > 0 ? TORN : IN_USE),
    ...(gone.length > 0 && { changes: [{ do: 'lock-coins', ids: left.inputs }] }),
  };
}

async function waiting(deps: Deps, id: string, state: InStep<'submitted'>, tip: number): Promise<Result> {
  const changed = await withoutSpent(deps, id, state);
  if (changed) return changed;
  const left = (state.scheduledHeight ?? 0) - tip;
  const wakeAt = deps.ports.now() + (left > LOCK_AHEAD ? SCHEDULED_POLL_MS : POLL_MS);
  if (!state.locked && left <= LOCK_AHEAD) {
    return {
      then: 'park',
      state: { ...state, locked: true, sinceHeight: tip },
      wakeAt,
      changes: [{ do: 'lock-coins', ids: state.inputs }],
    };
  }
  const late = state.locked ? tip - Math.max(state.sinceHeight, state.scheduledHeight ?? 0) : 0;
  // Should the server make the round after all, its mailbox message brings it back (adopt.ts).
  if (late > GIVE_UP) return calledOff(state, NO_ROUND);
  return { then: 'park', state, wakeAt, ...(late > PATIENCE && { error: errorOf(NO_ROUND) }) };
}

/** The server does not know it (any more): its coins were spent, or it lost its memory. */
async function dropped(deps: Deps, id: string, state: InStep<'submitted'>): Promise<Result> {
  const changed = await withoutSpent(deps, id, state);
  if (changed) return changed;
  if (await serverHasSpent(deps, state.inputs)) {
    // Then another participation with them was made a round: one that arrived late, or of another life of this seed.
    const unlockHash = await heardOf(deps, state.inputs);
    if (unlockHash !== undefined) return { then: 'next', state: { ...state, unlockHash } };
    if (state.locked) return { then: 'retry', state, error: errorOf(SPENT) };
  }
  return calledOff(state, {
    code: 'SERVER_REFUSED',
    say: 'The Ark server dropped the refresh. Your coins are as they were; it will be tried again.',
  });
}

/** Where a coin was spent while the refresh waited without a lock: the rest is handed in anew. */
async function withoutSpent(
  deps: Deps,
  id: string,
  state: InStep<'planned' | 'submitted'>,
): Promise<Result | undefined> {
  const live = await deps.ports.db.read(coinTables, liveCoins);
  const left = state.inputs.flatMap(
    (input) => live.find((c) => c.id === input && isOurs(c, id, state.locked)) ?? [],
  );
  if (left.length === state.inputs.length) return undefined;
  const server = await deps.ports.server();
  const height = state.scheduledHeight ?? (await recentTip(deps));
  const kept = left.map((c) => c.id);
  if (left.length === 0) return calledOff({ ...state, inputs: kept }, SPENT);
  try {
    const { amount, fee } = priceOf(left, (await server.info()).fees.refresh, height);
    return {
      then: 'next',
      state: { ...terms(state), step: 'planned', inputs: kept, amount, fee },
      changes: [{ do: 'movement', patch: { fee, effective: -fee } }],
    };
  } catch (error) {
    if (!isSkiffError(error, 'DUST')) throw error;
    return calledOff({ ...state, inputs: kept }, SPENT);
  }
}

const isOurs = (coin: CoinRow, id: string, locked: boolean): boolean =>
  coin.holder === id || (!locked && coin.state === 'spendable');

export const SPENT: FailureNote = {
  code: 'COIN_LOCKED',
  say: 'The coins were spent before their refresh. Nothing is lost.',
};

const NO_ROUND: FailureNote = {
  code: 'SERVER_UNREACHABLE',
  say: 'The Ark server has not made the round it promised. Your coins are as they were; it will be tried again.',
};
const IN_USE: FailureNote = {
  code: 'COIN_LOCKED',
  say: 'The round took a coin that something else is using; the refresh goes on as soon as that lets go of it.',
};
const TORN: FailureNote = {
  code: 'COIN_LOCKED',
  say: 'One of the coins of this refresh left in the meantime, and the server holds the others back.',
};

/** Nothing was given up: the coins stay what they were. */
export function calledOff(state: RefreshTerms, failure: FailureNote): Result {
  // Those that are not held by this refresh stay as they are.
  const release: Change[] = [{ do: 'unlock-coins', ids: state.inputs }];
  return { then: 'failed', error: errorOf(failure), changes: [...release, ...failedWith(failure)] };
}

export function refused(error: SkiffError): FailureNote {
  const said = error.details['said'] ?? '';
  const identifiers = error.details['identifiers'];
  return {
    code: 'SERVER_REFUSED',
    say: `The Ark server refused the refresh${said === '' ? '' : ` (${said})`}. Your coins are as they were.`,
    ...(identifiers !== undefined && { details: { identifiers } }),
  };
}

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server’s answer about the refresh does not fit. Nothing was given up.',
    details: { reason },
  });
