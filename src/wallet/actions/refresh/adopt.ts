// Rounds that the server made of our coins without this database knowing of it: the submission was lost or given up, or
// another life of this seed asked for it. What the round offers is looked at like a stranger's gift; when it is a fair
// exchange, a refresh is written that goes on from here (ark-flows "Recovering unknown participations").

import { toHex, equalBytes, fromHex } from '../../../crypto/bytes.ts';
import { validateVtxo } from '../../../ark/validate.ts';
import { txidText, vtxoIdBytes, parseVtxoId, vtxoIdFromBytes, vtxoIdText } from '../../../ark/vtxo-id.ts';
import { decodeVtxo, unlockHash as unlockHashOf, vtxoId, type Vtxo } from '../../../ark/vtxo.ts';
import { isSkiffError } from '../../../errors.ts';
import { isUnknown } from '../../../server/errors.ts';
import { RoundParticipationStatus } from '../../../server/gen/bark_server_pb.js';
import { startAction } from '../../../store/actions.ts';
import { coin, handOver, lockCoins, storeCoin } from '../../../store/coins.ts';
import { openMovement } from '../../../store/movements.ts';
import { concludeRound, roundsHeardOf } from '../../../store/rounds.ts';
import type { CoinRow } from '../../../store/rows.ts';
import { sats } from '../../../units.ts';
import { CHANGE_TABLES } from '../../changes.ts';
import { anchorsOf, recentTip } from '../../coins/chain-facts.ts';
import { ELSEWHERE } from '../../coins/elsewhere.ts';
import type { Deps } from '../../ports.ts';
import { bodiesOf } from '../../recovery/bodies.ts';
import { findKeys } from '../../recovery/key-search.ts';
import { coinFacts } from '../cosign.ts';
import { refreshes } from './start.ts';
import { KIND, refreshId, type RefreshState } from './state.ts';

/** A round that costs more than this part of its coins is none that we asked for. */
const MOST_FEE = 20n; // one in

interface Offer {
  unlockHash: string;
  /** The new coin, locked, and its bytes. */
  vtxo: Vtxo;
  bytes: Uint8Array;
  keyIndex: number;
  /** Coins that it takes: rows that are here, and what the server showed of those that are not. */
  inputs: string[];
  rows: CoinRow[];
  fetched: { vtxo: Vtxo; bytes: Uint8Array; keyIndex: number }[];
}

/** Looks at every announced round that nobody takes care of. Resolves with the ids of refreshes that it started. */
export async function adoptRounds(deps: Deps): Promise<string[]> {
  const { ports } = deps;
  const started: string[] = [];
  const heard = await ports.db.read(['rounds'], roundsHeardOf);
  for (const { unlockHash } of heard.filter(({ done }) => !done)) {
    try {
      const offer = await offerOf(deps, unlockHash);
      if (offer === 'later') continue;
      const id = offer && (await adopt(deps, offer));
      if (id !== undefined) started.push(id);
      else await ports.db.write(['rounds'], (tx) => concludeRound(tx, unlockHash));
    } catch (error) {
      if (isSkiffError(error, 'FENCED')) throw error;
      ports.log.info('a round that was announced is looked at again later', {
        unlockHash,
        reason: String(error),
      });
    }
  }
  return started;
}

/** What a round offers; undefined: nothing for us. @throws what passes: transport, chain, keys that are locked */
async function offerOf(deps: Deps, unlockHash: string): Promise<Offer | 'later' | undefined> {
  const { ports } = deps;
  const refuse = (reason: string): undefined => {
    ports.log.warn('a round that was announced was passed over', { unlockHash, reason });
  };
  const open = await ports.db.read(['actions'], refreshes);
  if (open.some(({ state }) => 'unlockHash' in state && state.unlockHash === unlockHash)) return 'later';
  const server = await ports.server();
  let answer: Awaited<ReturnType<typeof server.roundParticipationStatus>>;
  try {
    answer = await server.roundParticipationStatus({ unlockHash: fromHex(unlockHash) });
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return undefined;
  }
  if (answer.status === RoundParticipationStatus.ROUND_PART_PENDING) return 'later';
  const [bytes, more] = answer.outputVtxos;
  const inputs = answer.inputVtxoIds.map((id) => vtxoIdText(vtxoIdFromBytes(id))).sort();
  if (!bytes || more || inputs.length === 0) return refuse('outputs or inputs');
  const vtxo = decodeVtxo(ports.curve, bytes, 'full');
  if (await ports.db.read(['coins'], (tx) => coin(tx, vtxoId(vtxo)))) return undefined;
  // One whose answer was lost finds its hash by itself.
  if (open.some(({ state }) => state.step === 'planned' && [...state.inputs].sort().join() === inputs.join()))
    return 'later';
  const { serverPubkey } = await server.info();
  const hash = unlockHashOf(vtxo);
  if (!hash || toHex(hash) !== unlockHash) return refuse('hash');
  if (vtxo.policy.type !== 'pubkey' || !equalBytes(vtxo.serverPubkey, serverPubkey)) return refuse('policy');

  const { rows, fetched } = await inputsOf(deps, inputs);
  const pubkeys = [vtxo, ...fetched.map((f) => f.vtxo)].map((v) => toHex(v.policy.userPubkey));
  const keys = await findKeys(
    deps,
    pubkeys.map((pubkey) => ({ pubkey })),
  );
  const [keyIndex, ...others] = pubkeys.map((pubkey) => keys.get(pubkey));
  if (keyIndex === undefined || others.includes(undefined)) return refuse('keys');
  if (rows.length + fetched.length !== inputs.length) return refuse('unknown coins');
  // A coin that we know we have spent is not given away a second time; one that a restore found spent may be this round's.
  const usedUp = rows.find(
    (c) =>
      c.policyType !== 'pubkey' || c.state === 'exited' || (c.state === 'spent' && c.kind !== 'recovered'),
  );
  if (usedUp) return refuse('a coin that was used up');
  const total = [...rows, ...fetched.map((f) => f.vtxo)].reduce((sum, c) => sum + c.amount, 0n);
  const fee = total - vtxo.amount;
  if (fee < 0n || fee * MOST_FEE > total) return refuse('fee');
  const anchors = await anchorsOf(
    deps,
    fetched.map((f) => f.vtxo.anchor),
  );
  for (const { vtxo: one } of fetched) {
    if (one.policy.type !== 'pubkey' || !equalBytes(one.serverPubkey, serverPubkey)) return refuse('policy');
    validateVtxo(ports.curve, one, anchors.get(txidText(one.anchor.txid)) as Uint8Array);
  }
  return {
    unlockHash,
    vtxo,
    bytes,
    keyIndex,
    inputs,
    rows,
    fetched: fetched.map((f, i) => ({ ...f, keyIndex: others[i] as number })),
  };
}

/** The coins by our own rows, the others as the server shows them. */
async function inputsOf(
  { ports }: Deps,
  ids: readonly string[],
): Promise<{ rows: CoinRow[]; fetched: { vtxo: Vtxo; bytes: Uint8Array }[] }> {
  const rows = await ports.db.read(['coins'], async (tx) => {
    const found: CoinRow[] = [];
    for (const id of ids) {
      const row = await coin(tx, id);
      if (row) found.push(row);
    }
    return found;
  });
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  if (missing.length === 0) return { rows, fetched: [] };
  const bodies = await bodiesOf(
    await ports.server(),
    missing.map((id) => vtxoIdBytes(parseVtxoId(id))),
  );
  const fetched = bodies
    .map((bytes) => ({ bytes, vtxo: decodeVtxo(ports.curve, bytes, 'full') }))
    .filter(({ vtxo }) => missing.includes(vtxoId(vtxo)));
  return { rows, fetched };
}

/** Writes the refresh that goes on from here. Resolves with its id, or undefined when somebody was faster. */
async function adopt(deps: Deps, offer: Offer): Promise<string | undefined> {
  const { ports } = deps;
  const { unlockHash, vtxo, bytes, keyIndex, inputs, fetched } = offer;
  const id = refreshId(toHex(ports.random(16)));
  const tip = await recentTip(deps);
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    const known = (await refreshes(tx)).some(
      ({ state }) => 'unlockHash' in state && state.unlockHash === unlockHash,
    );
    if (known || (await coin(tx, vtxoId(vtxo)))) return undefined;
    for (const one of fetched) {
      const facts = coinFacts(one.vtxo, one.keyIndex);
      const row = { ...facts, kind: 'recovered', createdAt: now, bytes: one.bytes, registered: true };
      await storeCoin(tx, { ...row, state: 'locked', holder: id });
    }
    const rows: CoinRow[] = [];
    for (const input of inputs) rows.push((await coin(tx, input)) as CoinRow);
    const total = rows.reduce((sum, c) => sum + c.amount, 0n);
    // What was set aside as spent by another copy of this seed was spent by this round.
    await handOver(tx, inputs, ELSEWHERE, id);
    const free = rows.filter((c) => c.state === 'spendable').map((c) => c.id);
    // Held by something else of ours: that hands it over when the server refuses it there.
    const inUse = rows.some((c) => c.state === 'locked' && c.holder !== id && c.holder !== ELSEWHERE);
    if (!inUse) await lockCoins(tx, free, id);
    const fee = sats(total - vtxo.amount);
    const fixed = { inputs, amount: vtxo.amount, fee, key: keyIndex, locked: !inUse, sinceHeight: tip };
    const state: RefreshState = inUse
      ? { ...fixed, step: 'submitted', unlockHash }
      : { ...fixed, step: 'issued', unlockHash, since: tip, coin: bytes };
    await openMovement(
      tx,
      { actionId: id, subsystem: { name: 'bark.round', kind: 'refresh' }, intended: 0n },
      { effective: -fee, fee, inputs },
      now,
    );
    await startAction(tx, { id, kind: KIND, state, wakeAt: now }, now);
    return id;
  });
}
