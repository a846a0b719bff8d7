// The last resort of an action whose coins are stuck: what the server will not give back in time leaves by the chain.
// An action calls this after an attempt failed; the answer is rows to write, and whether it is over for the action.

import { VTXO_DUST } from '../../ark/script.ts';
import { isStandard } from '../../ark/validate.ts';
import { vtxoTxOut, type Vtxo } from '../../ark/vtxo.ts';
import { scriptToAddress } from '../../bitcoin/address.ts';
import type { Curve } from '../../crypto/curve.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { exitOf, exitTables } from '../../store/exits.ts';
import { setting } from '../../store/settings.ts';
import { sats, type Sats } from '../../units.ts';
import { failedWith } from '../actions/endings.ts';
import { asSkiffError, errorOf, type FailureNote } from '../actions/failure.ts';
import type { Outcome, StepState } from '../actions/outcome.ts';
import type { Change } from '../changes.ts';
import { freshTip } from '../coins/chain-facts.ts';
import { loadCoins, type LoadedCoin } from '../coins/load.ts';
import type { Deps } from '../ports.ts';
import { costNow } from './cost.ts';
import { decideExit, isNear } from './decide.ts';
import { confirmedAt } from './output.ts';
import type { ExitPayment, ExitSwap } from './state.ts';

export interface Stuck {
  /** The action that holds the coins. */
  actionId: string;
  /** Ids of the coins. */
  coins: readonly string[];
  /** Height since when they are stuck. */
  since: number;
  /** Blocks that they are given when it is late already; six by default. */
  patience?: number;
  /** The payment whose HTLCs they are. */
  payment?: Omit<ExitPayment, 'actionId'>;
  /** The new coin that they were forfeited for. */
  swap?: ExitSwap;
  /** What the action ends with when they leave. */
  note?: FailureNote;
}

/** A coin too small for an output of its own, or with such outputs on its way, cannot leave. */
export const canLeave = (curve: Curve, vtxo: Vtxo): boolean =>
  vtxo.amount >= VTXO_DUST && isStandard(curve, vtxo);

/** The taproot address at which the coin's output lies on the chain. */
export const exitAddress = ({ ports, config }: Deps, vtxo: Vtxo): string =>
  scriptToAddress(vtxoTxOut(ports.curve, vtxo).script, config.network) ?? '';

/**
 * Height at which the server may take the coin. That of a received payment is the server's again when its HTLC expires,
 * and waits a while longer for its claim, whereas its tree's expiry matters only until its chain is confirmed.
 */
const usableUntil = ({ policy, expiryHeight, exitDelta }: Vtxo): number =>
  policy.type === 'server-htlc-receive'
    ? Math.min(expiryHeight + exitDelta, policy.htlcExpiry - policy.htlcExpiryDelta)
    : expiryHeight;

/** Those whose last transaction is in a block. */
async function outAlready(deps: Deps, coins: readonly LoadedCoin[]): Promise<Vtxo[]> {
  const out: Vtxo[] = [];
  for (const { row, vtxo } of coins) {
    if (row.exitDepth > 0 && (await confirmedAt(deps, vtxo)) !== undefined) out.push(vtxo);
  }
  return out;
}

/** Tells what to write now; `exit` when these changes end the matter. */
async function lastResort(
  deps: Deps,
  stuck: Stuck,
): Promise<{ exit: boolean; lost: Sats; changes: Change[] }> {
  const { ports, config } = deps;
  const coins = await loadCoins(deps, stuck.coins);
  const leaving = coins.filter(({ vtxo }) => canLeave(ports.curve, vtxo));
  const nothing = { exit: false, lost: sats(0n), changes: [] };
  if (leaving.length === 0) return nothing;
  // The server has brought a forfeited coin out: what it does with it is watched there, and answered in time.
  const out = stuck.swap ? await outAlready(deps, leaving) : [];
  const facts = await ports.db.read([...exitTables, 'settings'], async (tx) => {
    let asked = out.length > 0;
    for (const id of stuck.coins) asked ||= (await exitOf(tx, id))?.asked === 1;
    return { asked, byItself: await setting(tx, 'exitByItself') };
  });
  const tip = await freshTip(deps);
  const all = {
    ...facts,
    tip,
    since: stuck.since,
    ...(stuck.patience !== undefined && { patience: stuck.patience }),
    margin: config.exitMargin,
    coins: leaving.map(({ row, vtxo }) => ({
      ...row,
      expiryHeight: usableUntil(vtxo),
      exitDelta: vtxo.exitDelta,
    })),
  };
  if (!isNear(all)) return nothing;
  const vtxos = leaving.map((c) => c.vtxo).filter((vtxo) => !out.includes(vtxo));
  const cost = await costNow(deps, vtxos);
  const decision = decideExit({ ...all, cost });
  const paymentHash = stuck.payment?.hash;
  const amounts = leaving.map(({ row }) => ({ id: row.id, amount: row.amount }));
  switch (decision.then) {
    case 'wait':
      return nothing;
    case 'warn': {
      const byItself = facts.byItself && !decision.tooDear;
      return {
        ...nothing,
        changes: amounts.map((coin): Change => ({
          do: 'foresee-exit',
          coin,
          patch: {
            dueHeight: byItself ? decision.dueHeight : undefined,
            feeNeeded: cost.needed,
            feeMissing: decision.missing,
            ...(paymentHash !== undefined && { paymentHash }),
          },
        })),
      };
    }
    case 'exit': {
      const left = coins.filter((c) => !leaving.includes(c)).map((c) => c.row);
      return {
        exit: true,
        lost: sats(left.reduce((sum, c) => sum + c.amount, 0n)),
        changes: [
          ...leaving.map(({ row, vtxo }): Change => ({
            do: 'start-exit',
            order: {
              id: row.id,
              amount: row.amount,
              address: exitAddress(deps, vtxo),
              ...(stuck.swap && { swap: stuck.swap }),
            },
            ...(stuck.payment && { payment: stuck.payment }),
          })),
          { do: 'exit-coins', ids: left.map((c) => c.id) },
        ],
      };
    }
  }
}

const EXITING: FailureNote = {
  code: 'PAYMENT_EXITING',
  say: 'The Ark server did not give the money back in time: it now leaves by the chain, to your bitcoin wallet. That takes a few days.',
};

/**
 * Runs an attempt to get coins out of an exchange that hangs. When it fails and the last safe height has come, the coins
 * leave by the chain and the action is over.
 */
export async function orExit<S extends StepState>(
  deps: Deps,
  state: S,
  stuck: Stuck,
  attempt: () => Promise<Outcome<S>>,
): Promise<Outcome<S>> {
  let outcome: Outcome<S>;
  try {
    outcome = await attempt();
  } catch (cause) {
    if (isSkiffError(cause, 'FENCED') || isSkiffError(cause, 'LOCKED')) throw cause;
    outcome = { then: 'retry', state, error: asSkiffError(cause) };
  }
  if (outcome.then !== 'retry' && !(outcome.then === 'park' && outcome.error)) return outcome;
  let resort: Awaited<ReturnType<typeof lastResort>>;
  try {
    resort = await lastResort(deps, stuck);
  } catch (cause) {
    // Without the chain nobody can say how late it is, and nothing could leave either.
    if (!(cause instanceof SkiffError) || cause.code === 'FENCED' || cause.code === 'LOCKED') throw cause;
    return outcome;
  }
  if (!resort.exit) return { ...outcome, changes: [...(outcome.changes ?? []), ...resort.changes] };
  const note = stuck.note ?? EXITING;
  return {
    then: 'failed',
    error: errorOf(note),
    changes: [
      ...resort.changes,
      ...failedWith(note, {
        exited: [...stuck.coins],
        lost: resort.lost,
        // Whether the recipient was paid is seen only on the chain: until then the budget counts it as spent.
        ...(stuck.payment && { booked: sats(stuck.payment.amount + stuck.payment.fee) }),
      }),
    ],
  };
}
