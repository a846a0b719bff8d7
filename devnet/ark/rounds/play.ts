// A round from its first attempt to the transaction in the mempool. Who signed up and does not sign is left out of the
// next attempt; delegated participations join at the end of the sign-up.
import { roundTree } from '../../../src/ark/rounds.ts';
import { leafVtxo } from '../../../src/ark/signed-tree.ts';
import {
  aggregateTreeNonces,
  combineTreePartials,
  cosignNonces,
  cosignTree,
  invalidTreeSignature,
} from '../../../src/ark/tree-cosign.ts';
import { encodeTreeSpec, participationLeaves, type TreeSpec } from '../../../src/ark/tree-spec.ts';
import { vtxoTree, type VtxoTree } from '../../../src/ark/tree-transactions.ts';
import { finalTransactions } from '../../../src/ark/signed-tree.ts';
import { innerNodes } from '../../../src/ark/tree.ts';
import { serializeTx, txid, type Tx } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId } from '../../../src/ark/vtxo.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sats } from '../../../src/units.ts';
import type { ArkContext, KeyPair } from '../context.ts';
import { broadcast, draft, release, signDraft, type Draft } from '../purse.ts';
import type { Participation } from '../state.ts';
import { insertVtxo } from '../vtxos.ts';
import { checkUsable } from './checks.ts';
import { announce, type Collecting, type Seat, type Signing } from './hub.ts';
import { maxLeaves } from './interactive.ts';
import { supersede } from './participations.ts';

/** A key whose secret nobody knows, for the leaf that keeps a lonely one company: a tree has two leaves at least. */
const NOBODY = fromHex('02dfa52f6690299d2d6a08323083e290597b56fee125063e5f4e2957731639c42c');
const PADDING: Seat = {
  leaf: {
    policy: { type: 'pubkey', userPubkey: NOBODY },
    amount: sats(330n),
    unlockHash: fromHex('deadbeef'.repeat(8)),
  },
};

/** Resolves when `ms` have passed or `now` was called. */
function patience(ms: number): { over: Promise<void>; now: () => void } {
  let now = () => {};
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    now = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, now };
}

/** Takes every delegated participation whose time has come and that still can be had; drops those that can't. */
function addDelegated(ctx: ArkContext, collecting: Collecting): Participation[] {
  const taken: Participation[] = [];
  for (const part of [...ctx.state.participations.values()]) {
    if (part.issued || (part.scheduledHeight ?? 0) > ctx.chain.height()) continue;
    if (collecting.seats.length + part.outputs.length > maxLeaves(ctx)) continue;
    try {
      const rows = part.inputs.flatMap((id) => ctx.state.vtxos.get(id) ?? []);
      checkUsable(ctx, rows);
    } catch {
      ctx.state.participations.delete(part.unlockHash);
      continue;
    }
    for (const id of part.inputs) ctx.inFlux.add(id);
    const unlockHash = fromHex(part.unlockHash);
    collecting.seats.push(...part.outputs.map((output): Seat => ({ leaf: { ...output, unlockHash } })));
    taken.push(part);
  }
  return taken;
}

interface Proposal {
  readonly tree: VtxoTree;
  readonly funding: Draft;
  readonly cosigner: KeyPair;
  readonly nonces: ReturnType<typeof cosignNonces>;
}

function propose(ctx: ArkContext, seats: readonly Seat[]): Proposal {
  const { chain, config, curve, random, serverKey } = ctx;
  const secret = random(32);
  const cosigner = { secret, public: curve.publicKey(secret) };
  const spec: TreeSpec = {
    leaves: seats.map(({ leaf }) => leaf),
    expiryHeight: chain.height() + config.vtxoLifetime,
    serverPubkey: serverKey.public,
    exitDelta: config.vtxoExitDelta,
    globalCosignPubkeys: [cosigner.public],
    hashLockVersion: 1,
  };
  const { funding: output } = vtxoTree(curve, spec, { txid: new Uint8Array(32), vout: 0 });
  const funding = draft(ctx, [output], config.offboardFeerateSatVkb);
  const tree = roundTree(curve, spec, funding.tx);
  const nonces = cosignNonces(curve, secret, innerNodes(tree.shape).length, random);
  return { tree, funding, cosigner, nonces };
}

/** What the round made is stored before its transaction is sent. */
function store(ctx: ArkContext, made: Made, parts: readonly Participation[]): void {
  const { state } = ctx;
  const { tree, signatures, roundTx } = made;
  const roundTxid = txidText(txid(roundTx));
  state.transactions.set(roundTxid, serializeTx(roundTx));
  finalTransactions(tree, signatures).forEach((tx, index) => {
    const isLeaf = index < tree.shape.leafCount;
    state.transactions.set(txidText(txid(tx)), isLeaf ? undefined : serializeTx(tx));
  });
  for (const part of parts) {
    const leaves = participationLeaves(tree.spec, fromHex(part.unlockHash), part.outputs) ?? [];
    const coins = leaves.map((leaf) => leafVtxo(tree, signatures, leaf));
    for (const coin of coins) insertVtxo(ctx, coin, 'unclaimed');
    supersede(ctx, part.inputs);
    state.participations.set(part.unlockHash, {
      ...part,
      issued: {
        roundTxid,
        coins: coins.map((coin) => ({ id: vtxoId(coin), locked: encodeVtxo(coin, 'full') })),
      },
    });
    for (const id of part.inputs) {
      const row = state.vtxos.get(id);
      if (row) Object.assign(row, { state: 'spent', spentBy: roundTxid });
    }
    if (part.mailbox)
      ctx.mailboxes.post(part.mailbox, [{ kind: 'round-completed', unlockHash: fromHex(part.unlockHash) }]);
  }
}

interface Made {
  readonly tree: VtxoTree;
  readonly signatures: readonly Uint8Array[];
  readonly roundTx: Tx;
}

/** One attempt: what came of it, or the inputs that may try again. */
async function attempt(
  ctx: ArkContext,
  attemptSeq: bigint,
  allowed: ReadonlySet<string> | undefined,
): Promise<{ made?: Made; again?: ReadonlySet<string> }> {
  const { config, curve, rounds, random } = ctx;
  const roundSeq = rounds.seq;
  const signUp = patience(config.roundSubmitMs);
  const collecting: Collecting = {
    challenge: random(32),
    seats: [],
    interactive: [],
    inputsOf: new Map(),
    allowed,
    full: signUp.now,
  };
  rounds.collecting = collecting;
  const challenge = { roundSeq, attemptSeq, roundAttemptChallenge: collecting.challenge };
  announce(rounds, { event: { case: 'attempt', value: challenge } });
  await signUp.over;
  rounds.collecting = undefined;

  const parts = [...collecting.interactive, ...addDelegated(ctx, collecting)];
  const inputs = parts.flatMap((part) => part.inputs);
  let funding: Draft | undefined;
  try {
    if (parts.length === 0) return {};
    const seats = collecting.seats.length > 1 ? collecting.seats : [...collecting.seats, PADDING];
    const proposal = propose(ctx, seats);
    ({ funding } = proposal);
    const { tree, cosigner, nonces } = proposal;
    const own = new Map(seats.flatMap(({ nonces: user }, leaf) => (user ? [[leaf, user] as const] : [])));
    const aggregateNonces = aggregateTreeNonces(curve, tree, own, [nonces.map((n) => n.public)]);
    const toSign = patience(config.roundSignMs);
    const shares = new Map<number, readonly Uint8Array[]>();
    const signing: Signing = { tree, seats, aggregateNonces, shares, wanted: own.size, full: toSign.now };
    rounds.signing = signing;
    const value = {
      roundSeq,
      attemptSeq,
      vtxosSpec: encodeTreeSpec(tree.spec),
      unsignedRoundTx: serializeTx(funding.tx),
      vtxosAggNonces: aggregateNonces,
    };
    announce(rounds, { event: { case: 'vtxoProposal', value } });
    if (own.size === 0) toSign.now();
    await toSign.over;
    rounds.signing = undefined;
    if (shares.size < own.size) {
      const silent = seats.flatMap(({ leaf }, i) =>
        leaf.cosignPubkey && !shares.has(i) ? (collecting.inputsOf.get(toHex(leaf.cosignPubkey)) ?? []) : [],
      );
      return { again: new Set(inputs.filter((id) => !silent.includes(id))) };
    }
    const global = cosignTree(curve, tree, aggregateNonces, nonces, cosigner.secret);
    const signatures = combineTreePartials(curve, tree, aggregateNonces, shares, [global]);
    if (invalidTreeSignature(curve, tree, signatures) !== undefined)
      throw new Error('the tree is not signed');
    const made = { tree, signatures, roundTx: signDraft(ctx, funding) };
    store(ctx, made, parts);
    funding = undefined;
    return { made };
  } finally {
    rounds.signing = undefined;
    if (funding) release(ctx, funding);
    for (const id of inputs) ctx.inFlux.delete(id);
  }
}

async function play(ctx: ArkContext): Promise<string | undefined> {
  const { config, rounds, now } = ctx;
  rounds.seq++;
  rounds.nextAt = now() + config.roundIntervalSecs * 1000;
  for (const [id, { at }] of rounds.forfeitNonces)
    if (now() - at > config.forfeitNonceSecs * 1000) rounds.forfeitNonces.delete(id);
  const failed = () =>
    announce(rounds, { event: { case: 'failed', value: { roundSeq: rounds.seq } } }, false);
  let allowed: ReadonlySet<string> | undefined;
  for (let seq = 0n; ; seq++) {
    let result;
    try {
      result = await attempt(ctx, seq, allowed);
    } catch (e) {
      failed();
      throw e;
    }
    const { made, again } = result;
    if (made) {
      const id = txidText(txid(made.roundTx));
      broadcast(ctx, id, made.roundTx);
      const value = {
        roundSeq: rounds.seq,
        attemptSeq: seq,
        signedRoundTx: serializeTx(made.roundTx),
        vtxoCosignSignatures: [...made.signatures],
      };
      announce(rounds, { event: { case: 'finished', value } });
      return id;
    }
    if (!again || again.size === 0) {
      failed();
      return undefined;
    }
    allowed = again;
  }
}

/** Plays a round now, or waits for the one under way. Resolves with its transaction's id, or nothing when it was empty. */
export function playRound(ctx: ArkContext): Promise<string | undefined> {
  const { rounds } = ctx;
  rounds.playing ??= play(ctx).finally(() => {
    rounds.playing = undefined;
  });
  return rounds.playing;
}
