// The steps of a round that we sign ourselves while it is made (ark-flows "Interactive flow"). Each takes what it needs
// out of the memory of this process; where that is gone, the attempt is: the server leaves us out of its next one. Nothing
// is given up before the new coin is proven (swap-steps.ts), so all that a death costs is the wait, and the question at
// the server whether the round was made all the same.

import { attest, roundAttemptPreimage } from '../../../ark/attestation.ts';
import { isNonce } from '../../../ark/cosign.ts';
import { encodePolicy } from '../../../ark/policy.ts';
import { checkSignedRoundTx, roundTree } from '../../../ark/rounds.ts';
import { leafVtxo } from '../../../ark/signed-tree.ts';
import { innerNodes } from '../../../ark/tree.ts';
import { cosignBranch, cosignNonces, invalidTreeSignature } from '../../../ark/tree-cosign.ts';
import { decodeTreeSpec, participationLeaves } from '../../../ark/tree-spec.ts';
import { parseTx } from '../../../ark/tx.ts';
import { parseVtxoId, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { encodeVtxo, type Vtxo } from '../../../ark/vtxo.ts';
import { equalBytes, fromHex, toHex } from '../../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { isUnknown } from '../../../server/errors.ts';
import { RoundParticipationStatus, type VtxoProposal } from '../../../server/gen/bark_server_pb.js';
import { coinTables, liveCoins } from '../../../store/coins.ts';
import { recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerMissing, type LoadedCoin } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { userKey } from '../cosign.ts';
import type { FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { serverHasSpent } from '../reclaim.ts';
import { grpcCode, isRejection } from '../rejection.ts';
import { attendanceOf, type Attendance, type RoundNews, type Seat, type SignedSeat } from './attendance.ts';
import { terms, type InStep, type RefreshState, type RefreshTerms } from './state.ts';
import { calledOff, POLL_MS, refused, SPENT } from './submit-steps.ts';

type Result = Outcome<RefreshState>;
type AtSeat = InStep<'seated' | 'cosigned'>;

/** After this long a round that nobody heard of is not made any more. */
const FORGOTTEN_MS = 5 * 60_000;
/** A tree may be so many blocks short of the promised life: its server saw the tip when the attempt began. */
const LIFE_SLACK = 6;

const misbehaved = (reason: string) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server’s proposal for a round does not fit. Nothing was given up.',
    details: { reason },
  });

const wantedOf = (deps: Deps, state: RefreshTerms) =>
  ({
    amount: state.amount,
    policy: { type: 'pubkey', userPubkey: userKey(deps, state.key) },
  }) as const;

/** Signs up for the next attempt of any round. */
export async function attending(deps: Deps, id: string, state: InStep<'attending'>): Promise<Result> {
  const here = attendanceOf(deps, id);
  if (!here) return { then: 'park', state };
  return droppingOnError(here, async () => {
    const gone = await lostInputs(deps, id, state);
    if (gone) return gone;
    const server = await deps.ports.server();
    const coins = await loadCoins(deps, state.inputs);
    await registerMissing(server, coins);
    for (;;) {
      const news = await here.next(server);
      if (news.case !== 'attempt') continue;
      const { roundSeq, attemptSeq, roundAttemptChallenge } = news.value;
      const seat = await makeSeat(deps, roundSeq, attemptSeq);
      try {
        const { unlockHash } = await server.submitPayment(
          request(deps, state, coins, seat, roundAttemptChallenge),
        );
        if (unlockHash.length !== 32) throw misbehaved('unlock-hash');
        here.seat = seat;
        return { then: 'next', state: { ...terms(state), step: 'seated', unlockHash: toHex(unlockHash) } };
      } catch (error) {
        seat.secret.fill(0);
        if (isTooLate(error)) continue;
        if (isRejection(error)) return calledOff(state, refused(error));
        throw error;
      }
    }
  });
}

/** The round is full, over its sign-up, or has banned us: another one comes. */
const isTooLate = (error: unknown): boolean =>
  grpcCode(error) === 'INTERNAL' ||
  (isRejection(error) && /already started|arrived late|round was full/i.test(error.details['said'] ?? ''));

async function makeSeat(deps: Deps, roundSeq: bigint, attemptSeq: bigint): Promise<Seat> {
  const { curve, random, server } = deps.ports;
  const { nbRoundNonces } = await (await server()).info();
  const secret = random(32);
  const nonces = cosignNonces(curve, secret, nbRoundNonces, random);
  return { roundSeq, attemptSeq, secret, publicKey: curve.publicKey(secret), nonces };
}

function request(
  deps: Deps,
  state: RefreshTerms,
  coins: readonly LoadedCoin[],
  seat: Seat,
  challenge: Uint8Array,
) {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const { amount, policy } = wantedOf(deps, state);
  const cosignPubkey = seat.publicKey;
  return {
    inputVtxos: coins.map(({ row }) => {
      const vtxoId = vtxoIdBytes(parseVtxoId(row.id));
      const asked = roundAttemptPreimage(challenge, vtxoId, [{ amount, policy, cosignPubkey }]);
      const { secret } = keys.vtxoKey(row.keyIndex);
      const attestation = attest(ports.curve, asked, secret, ports.random(32));
      secret.fill(0);
      return { vtxoId, attestation };
    }),
    vtxoRequests: [
      {
        vtxo: { amount, policy: encodePolicy(policy) },
        cosignPubkey,
        publicNonces: seat.nonces.map((nonce) => nonce.public),
      },
    ],
    unblindedMailboxId: keys.mailbox().publicKey,
  };
}

/** Waits for the tree and signs our branch of it. Sending that is the next step: first it is written that it may be out. */
export async function seated(deps: Deps, id: string, state: InStep<'seated'>): Promise<Result> {
  const here = attendanceOf(deps, id);
  const seat = here?.seat;
  if (!here || !seat) return abandoned(deps, here, state);
  here.seat = undefined;
  return droppingOnError(here, async () => {
    try {
      const server = await deps.ports.server();
      for (;;) {
        const news = await here.next(server);
        if (isOver(news, seat)) return again(here, news, state);
        if (news.case !== 'vtxoProposal' || !isOf(news.value, seat)) continue;
        try {
          here.signed = await signProposal(deps, state, seat, news.value);
        } catch (error) {
          if (!isSkiffError(error) || error.retry === 'later') throw error;
          return calledOff(state, { code: error.code, say: error.say, details: error.details });
        }
        const signedAt = deps.ports.now();
        return {
          then: 'next',
          state: { ...terms(state), step: 'cosigned', unlockHash: state.unlockHash, signedAt },
        };
      }
    } finally {
      seat.secret.fill(0);
    }
  });
}

/** @throws SkiffError SERVER_MISBEHAVED and the like when the proposal is not what was asked for; nothing is signed then */
async function signProposal(
  deps: Deps,
  state: InStep<'seated'>,
  seat: Seat,
  proposal: VtxoProposal,
): Promise<SignedSeat> {
  const { curve, server } = deps.ports;
  const info = await (await server()).info();
  const spec = decodeTreeSpec(curve, proposal.vtxosSpec);
  if (!equalBytes(spec.serverPubkey, info.serverPubkey)) throw misbehaved('server-key');
  if (spec.exitDelta !== info.vtxoExitDelta) throw misbehaved('exit-delta');
  const tip = await recentTip(deps);
  if (spec.expiryHeight < tip + info.vtxoLifetime - LIFE_SLACK) throw misbehaved('expiry');
  const tree = roundTree(curve, spec, parseTx(proposal.unsignedRoundTx));
  const [leaf] = participationLeaves(spec, fromHex(state.unlockHash), [wantedOf(deps, state)]) ?? [];
  const cosigner = leaf === undefined ? undefined : spec.leaves[leaf]?.cosignPubkey;
  if (leaf === undefined || !cosigner || !equalBytes(cosigner, seat.publicKey)) throw misbehaved('leaf');
  const aggregate = proposal.vtxosAggNonces;
  if (aggregate.length !== innerNodes(tree.shape).length) throw misbehaved('nonce-count');
  if (!aggregate.every((nonce) => isNonce(curve, nonce))) throw misbehaved('nonce');
  const shares = cosignBranch(curve, tree, leaf, aggregate, seat.nonces, seat.secret);
  const { roundSeq, attemptSeq, publicKey } = seat;
  return { roundSeq, attemptSeq, publicKey, tree, leaf, shares };
}

/** Hands the shares in and waits for the round. */
export async function cosigned(deps: Deps, id: string, state: InStep<'cosigned'>): Promise<Result> {
  const here = attendanceOf(deps, id);
  const seat = here?.signed;
  if (!here || !seat) return abandoned(deps, here, state);
  here.signed = undefined;
  return droppingOnError(here, async () => {
    const { chain, server } = deps.ports;
    try {
      const signatures = [...seat.shares];
      await (await server()).provideVtxoSignatures({ pubkey: seat.publicKey, signatures });
    } catch (error) {
      // Too late: the attempt fails without us, which its end says.
      if (!isRejection(error)) throw error;
    }
    for (;;) {
      const news = await here.next(await server());
      if (isOver(news, seat)) return again(here, news, state);
      if (news.case !== 'finished' || !isOf(news.value, seat)) continue;
      const { signedRoundTx, vtxoCosignSignatures } = news.value;
      const coin = finishedCoin(deps, seat, signedRoundTx, vtxoCosignSignatures);
      await chain.broadcast(signedRoundTx).catch(() => undefined);
      return issuedState(state, encodeVtxo(coin, 'full'), await recentTip(deps));
    }
  });
}

function finishedCoin({ ports }: Deps, seat: SignedSeat, tx: Uint8Array, signatures: Uint8Array[]): Vtxo {
  checkSignedRoundTx(seat.tree, parseTx(tx));
  if (invalidTreeSignature(ports.curve, seat.tree, signatures) !== undefined)
    throw misbehaved('tree-signature');
  return leafVtxo(seat.tree, signatures, seat.leaf);
}

const issuedState = (state: AtSeat, coin: Uint8Array, since: number): Result => ({
  then: 'next',
  state: { ...terms(state), step: 'issued', unlockHash: state.unlockHash, since, coin },
});

interface Attempt {
  roundSeq: bigint;
  attemptSeq: bigint;
}

const isOf = (news: Attempt, seat: Attempt): boolean =>
  news.roundSeq === seat.roundSeq && news.attemptSeq === seat.attemptSeq;

/** Does this say that the attempt came to nothing? A later attempt does; one that is repeated does not. */
function isOver(news: RoundNews, seat: Attempt): boolean {
  if (news.case === 'failed') return news.value.roundSeq >= seat.roundSeq;
  if (news.case !== 'attempt') return false;
  const { roundSeq, attemptSeq } = news.value;
  return roundSeq > seat.roundSeq || (roundSeq === seat.roundSeq && attemptSeq > seat.attemptSeq);
}

function again(here: Attendance, news: RoundNews, state: AtSeat): Result {
  if (news.case === 'attempt') here.putBack(news);
  return { then: 'next', state: { ...terms(state), step: 'attending' } };
}

/** The stream is of no use after an error; what was secret goes with it. */
async function droppingOnError(here: Attendance, body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    here.drop();
    throw error;
  }
}

/** A coin went another way (by the chain, say): the participation would not be what was agreed to. */
async function lostInputs(deps: Deps, id: string, state: RefreshTerms): Promise<Result | undefined> {
  const live = await deps.ports.db.read(coinTables, liveCoins);
  const kept = state.inputs.filter((input) => live.some((c) => c.id === input && c.holder === id));
  return kept.length === state.inputs.length ? undefined : calledOff({ ...state, inputs: kept }, SPENT);
}

const ABANDONED: FailureNote = {
  code: 'SERVER_REFUSED',
  say: 'Skiff was closed while a round was being made, and the round went on without it. Your coins are as they were.',
};

/** Key and nonces are gone. Was the round made all the same? */
async function abandoned(deps: Deps, here: Attendance | undefined, state: AtSeat): Promise<Result> {
  const { ports } = deps;
  const server = await ports.server();
  const poll = (): Result => ({ then: 'park', state, wakeAt: ports.now() + POLL_MS });
  try {
    const unlockHash = fromHex(state.unlockHash);
    const { status, outputVtxos } = await server.roundParticipationStatus({ unlockHash });
    const [coin, more] = outputVtxos;
    if (status === RoundParticipationStatus.ROUND_PART_PENDING) return poll();
    if (!coin || more) throw misbehaved('output-count');
    return issuedState(state, coin, await recentTip(deps));
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  // Our shares may be out, and a round with them is made within seconds, or never.
  if (state.step === 'cosigned') {
    const mayCome = ports.now() < state.signedAt + FORGOTTEN_MS;
    if (mayCome || (await serverHasSpent(deps, state.inputs))) return poll();
  }
  if (here) return { then: 'next', state: { ...terms(state), step: 'attending' } };
  return calledOff(state, ABANDONED);
}
