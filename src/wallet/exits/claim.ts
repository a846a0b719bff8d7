// Claiming exited coins together, to any address: one transaction for all of them, written into each exit before it is
// shown to anybody. Each of the exits then follows it by itself.

import { claimableAt, type ClaimInput } from '../../ark/claim.ts';
import { addressToScript } from '../../bitcoin/address.ts';
import { SkiffError } from '../../errors.ts';
import { action, saveAction } from '../../store/actions.ts';
import { liveExits, putExit } from '../../store/exits.ts';
import type { ActionRow, ExitRow } from '../../store/rows.ts';
import { CHANGE_TABLES } from '../changes.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { loadCoins } from '../coins/load.ts';
import type { Deps } from '../ports.ts';
import { signClaims, waysOut } from './output.ts';
import { placeOf } from './place.ts';
import { terms, type ExitState } from './state.ts';

interface Claimable {
  exit: ExitRow;
  row: ActionRow;
  input: ClaimInput;
}

/** Exits whose output is ours to take now. @throws SkiffError CHAIN_UNREACHABLE */
async function claimable(deps: Deps, tip: number): Promise<Claimable[]> {
  const { ports } = deps;
  const exits = await ports.db.read(['exits'], liveExits);
  const found: Claimable[] = [];
  for (const exit of exits) {
    const row = await ports.db.read(['actions'], (tx) => action(tx, exit.actionId));
    if (exit.status !== 'running' || (row?.state as ExitState | undefined)?.step !== 'waiting') continue;
    const [loaded] = await loadCoins(deps, [exit.id]);
    const place = await placeOf(deps, row?.state as ExitState, loaded!.vtxo);
    if (place?.height === undefined || place.by) continue;
    const input = await waysOut(deps, place.vtxo);
    if (claimableAt(input, place.height) <= tip) found.push({ exit, row: row!, input });
  }
  return found;
}

/**
 * Claims these exits, or all that can be claimed. Resolves once durable, with the ids of the actions to drive.
 * @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, COIN_UNKNOWN (one cannot be claimed), DUST; then nothing changed
 */
export async function claimTo(
  deps: Deps,
  ids: readonly string[] | 'all',
  address: string,
): Promise<{ txid: string; actions: string[] }> {
  const { ports, config } = deps;
  const script = addressToScript(address, config.network);
  const tip = await freshTip(deps);
  const ready = await claimable(deps, tip);
  const unready = ids === 'all' ? undefined : ids.find((id) => !ready.some(({ exit }) => exit.id === id));
  if (unready !== undefined)
    throw new SkiffError({
      code: 'COIN_UNKNOWN',
      say: 'This coin cannot be claimed on the chain now.',
      details: { id: unready },
    });
  const chosen = ids === 'all' ? ready : ready.filter(({ exit }) => ids.includes(exit.id));
  const { regular } = await ports.chain.feeRates();
  const inputs = chosen.map(({ input }) => input);
  const signed = await signClaims(deps, inputs, script, tip, regular);
  const now = ports.now();
  await ports.db.write(CHANGE_TABLES, async (tx) => {
    for (const { exit, row } of chosen) {
      const state: ExitState = { ...terms(row.state as ExitState), step: 'claiming', ...signed };
      await saveAction(tx, row, { state, wakeAt: now, retries: 0 }, now);
      await putExit(tx, exit, { txid: signed.txid }, now);
    }
  });
  return { txid: signed.txid, actions: chosen.map(({ row }) => row.id) };
}
