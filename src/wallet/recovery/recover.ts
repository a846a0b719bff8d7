// Restoring coins from the seed: everything that was heard of is judged by its body, its key, its state at the server and
// the chain, and stored as what it is; spent ones too, so that a message that is read again cannot bring them back.
// Running it again changes nothing that is known already.

import { validateVtxo } from '../../ark/validate.ts';
import { vtxoStatusAttestation } from '../../ark/attestation.ts';
import { parseVtxoId, txidText, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { decodeVtxo, unlockHash, vtxoId, type Vtxo } from '../../ark/vtxo.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { isSkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import { VtxoSpendState } from '../../server/gen/bark_server_pb.js';
import { vtxoStates } from '../../server/lookup.ts';
import { coin, markSpent, storeCoin } from '../../store/coins.ts';
import { reopenRound } from '../../store/rounds.ts';
import { coinFacts } from '../actions/cosign.ts';
import { adoptRounds } from '../actions/refresh/adopt.ts';
import { refreshes } from '../actions/refresh/start.ts';
import { CHANGE_TABLES } from '../changes.ts';
import { anchorsOf } from '../coins/chain-facts.ts';
import { ELSEWHERE } from '../coins/elsewhere.ts';
import { exitAddress } from '../exits/last-resort.ts';
import { beginExit } from '../exits/start.ts';
import type { Deps } from '../ports.ts';
import { bodiesOf } from './bodies.ts';
import { hearOfCoins, type Candidate } from './candidates.ts';
import { findKeys } from './key-search.ts';
import { emptyReport, type RecoveryReport } from './report.ts';

const BATCH = 1000;

interface Found {
  id: string;
  vtxo: Vtxo;
  bytes: Uint8Array;
  keyIndex: number;
}

/** Runs the whole recovery. @throws SkiffError LOCKED, SERVER_UNREACHABLE; then what was stored so far stays */
export async function recover(deps: Deps): Promise<RecoveryReport> {
  const { ports } = deps;
  const server = await ports.server();
  const report = emptyReport();
  const { candidates, errors } = await hearOfCoins(deps);
  const withBodies = await fetchBodies(deps, server, [...candidates.values()], report);
  const keys = await findKeys(
    deps,
    withBodies.map(({ vtxo, hint }) => ({
      pubkey: toHex(vtxo.policy.userPubkey),
      ...(hint !== undefined && { hint }),
    })),
  );
  for (const { id, vtxo } of withBodies) report.amounts.set(id, vtxo.amount);
  const ours: Found[] = [];
  for (const { id, vtxo, bytes } of withBodies) {
    const keyIndex = keys.get(toHex(vtxo.policy.userPubkey));
    if (keyIndex === undefined) report.foreign.push(id);
    else ours.push({ id, vtxo, bytes, keyIndex });
  }
  const states = await askStates(deps, server, ours);
  await takeUpRounds(deps, ours, states);
  for (const found of ours) {
    try {
      await judge(deps, found, states.get(toHex(vtxoIdBytes(found.vtxo.point))), report);
    } catch (error) {
      if (isSkiffError(error, 'FENCED')) throw error;
      report.failed.push({ id: found.id, reason: reasonOf(error) });
    }
  }
  report.partial = errors.length > 0;
  report.complete = errors.length === 0 && report.failed.length === 0 && report.foreign.length === 0;
  for (const error of errors) ports.log.warn('a part of the recovery failed', { reason: String(error) });
  return report;
}

const reasonOf = (error: unknown): string =>
  isSkiffError(error) ? error.say : error instanceof Error ? error.message : String(error);

/**
 * New coins of rounds that were not finished: each goes on as a refresh, which takes its old coins in before they count as
 * what the server holds them for, spent.
 */
async function takeUpRounds(
  deps: Deps,
  ours: readonly Found[],
  states: ReadonlyMap<string, VtxoSpendState>,
): Promise<void> {
  const { ports } = deps;
  const hashes = ours.flatMap(({ vtxo }) => {
    const hash = unlockHash(vtxo);
    const state = states.get(toHex(vtxoIdBytes(vtxo.point)));
    return hash && state === VtxoSpendState.UNCLAIMED ? [toHex(hash)] : [];
  });
  if (hashes.length === 0) return;
  await ports.db.write(['rounds'], async (tx) => {
    for (const hash of hashes) await reopenRound(tx, hash, ports.now());
  });
  await adoptRounds(deps);
}

/** Bodies of all candidates; ids that stay without one are in the report. */
async function fetchBodies(
  { ports }: Deps,
  server: ArkServer,
  candidates: readonly Candidate[],
  report: RecoveryReport,
): Promise<{ id: string; vtxo: Vtxo; bytes: Uint8Array; hint?: number }[]> {
  const bodies = new Map(candidates.flatMap((c) => (c.bytes ? [[c.id, c.bytes] as const] : [])));
  const bare = candidates.filter((c) => !c.bytes).map((c) => c.id);
  for (let i = 0; i < bare.length; i += BATCH) {
    const ids = bare.slice(i, i + BATCH);
    for (const bytes of await bodiesOf(
      server,
      ids.map((id) => vtxoIdBytes(parseVtxoId(id))),
    )) {
      try {
        const id = vtxoId(decodeVtxo(ports.curve, bytes, 'full'));
        if (ids.includes(id)) bodies.set(id, bytes);
      } catch {
        // Counted below as one that is not there.
      }
    }
  }
  return candidates.flatMap(({ id, hint }) => {
    const bytes = bodies.get(id);
    if (!bytes) {
      report.notFound.push(id);
      return [];
    }
    const vtxo = decodeVtxo(ports.curve, bytes, 'full');
    return [{ id, vtxo, bytes, ...(hint !== undefined && { hint }) }];
  });
}

async function askStates(
  { ports }: Deps,
  server: ArkServer,
  coins: readonly Found[],
): Promise<Map<string, VtxoSpendState>> {
  const keys = ports.keys.unlocked();
  const queries = coins.map(({ vtxo, keyIndex }) => {
    const id = vtxoIdBytes(vtxo.point);
    const { secret } = keys.vtxoKey(keyIndex);
    const attestation = vtxoStatusAttestation(ports.curve, id, secret, ports.random(32));
    secret.fill(0);
    return { vtxoId: id, attestation };
  });
  return vtxoStates(server, queries);
}

async function judge(
  deps: Deps,
  found: Found,
  state: VtxoSpendState | undefined,
  report: RecoveryReport,
): Promise<void> {
  const { ports } = deps;
  const { id, vtxo } = found;
  const known = await ports.db.read(['coins'], (tx) => coin(tx, id));
  if (known) {
    if (known.state === 'spendable' && state === VtxoSpendState.SPENT) {
      // A message from before it was spent brought it in meanwhile.
      await ports.db.write(CHANGE_TABLES, (tx) => markSpent(tx, [id]));
      report.skipped.push(id);
    } else if (known.state === 'exited') report.exited.push(id);
    else if (known.state === 'spent' || known.holder === ELSEWHERE) report.skipped.push(id);
    else report.recovered.push(id);
    return;
  }
  switch (state) {
    case VtxoSpendState.SPENDABLE: {
      await prove(deps, vtxo);
      const isOut = (await ports.chain.txStatus(txidText(vtxo.point.txid))) !== undefined;
      await store(deps, found, isOut ? 'exited' : 'spendable');
      (isOut ? report.exited : report.recovered).push(id);
      return;
    }
    case VtxoSpendState.SPENT:
      await store(deps, found, 'spent');
      report.skipped.push(id);
      return;
    case VtxoSpendState.UNREGISTERED:
    case VtxoSpendState.HTLC_RECV_UNCLAIMED:
      report.skipped.push(id);
      return;
    case VtxoSpendState.UNCLAIMED: {
      const open = await ports.db.read(['actions'], refreshes);
      const goesOn = open.some(({ state: one }) => 'coin' in one && equalBytes(one.coin, found.bytes));
      if (goesOn) report.skipped.push(id);
      else report.failed.push({ id, reason: 'its round is not finished' });
      return;
    }
    default:
      report.failed.push({ id, reason: 'the server does not say whether it is spent' });
  }
}

/** @throws SkiffError INVALID_VTXO, WRONG_SERVER, ANCHOR_NOT_FOUND and the like */
async function prove(deps: Deps, vtxo: Vtxo): Promise<void> {
  const { ports } = deps;
  const { serverPubkey } = await (await ports.server()).info();
  if (!equalBytes(vtxo.serverPubkey, serverPubkey)) throw new Error('another server');
  if (vtxo.policy.type !== 'pubkey') throw new Error(`policy ${vtxo.policy.type}`);
  const anchors = await anchorsOf(deps, [vtxo.anchor]);
  validateVtxo(ports.curve, vtxo, anchors.get(txidText(vtxo.anchor.txid)) as Uint8Array);
}

async function store(
  deps: Deps,
  { vtxo, bytes, keyIndex }: Found,
  state: 'spendable' | 'spent' | 'exited',
): Promise<void> {
  const now = deps.ports.now();
  await deps.ports.db.write(CHANGE_TABLES, async (tx) => {
    const facts = coinFacts(vtxo, keyIndex);
    const row = { ...facts, kind: 'recovered', state, createdAt: now, bytes, registered: true };
    if (!(await storeCoin(tx, row)) || state !== 'exited') return;
    await beginExit(tx, { id: facts.id, amount: facts.amount, address: exitAddress(deps, vtxo) }, now);
  });
}
