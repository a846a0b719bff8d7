// What a person can do about coins that leave by the chain.

import { txidText } from '../../ark/vtxo-id.ts';
import { exitChain } from '../../ark/exit.ts';
import { SkiffError } from '../../errors.ts';
import { action, endAction } from '../../store/actions.ts';
import { coin, coins, unlockCoins } from '../../store/coins.ts';
import { allExits, exitOf, liveExits, putExit } from '../../store/exits.ts';
import { finishMovement, movementOf } from '../../store/movements.ts';
import { unlockUtxosHeldBy } from '../../store/onchain.ts';
import type { ReadTx, WriteTx } from '../../store/port.ts';
import type { ActionRow, CoinRow, ExitRow } from '../../store/rows.ts';
import type { Sats } from '../../units.ts';
import type { StepState } from '../actions/outcome.ts';
import { CHANGE_TABLES } from '../changes.ts';
import { ELSEWHERE } from '../coins/elsewhere.ts';
import { loadCoins } from '../coins/load.ts';
import type { ExportFile } from '../movements/export.ts';
import type { Deps } from '../ports.ts';
import { claimTo } from './claim.ts';
import { costNow } from './cost.ts';
import { exitFile } from './file.ts';
import { canLeave, exitAddress } from './last-resort.ts';
import { exitProgress, type ExitProgress } from './progress.ts';
import { beginExit } from './start.ts';
import type { ExitState } from './state.ts';

export type ExitView = ExitRow;

export interface Leaving {
  /** Coins that leave by the chain or may have to; with `all` also what has ended. */
  exits(all?: boolean): Promise<ExitView[]>;
  /**
   * Lets coins leave by the chain: spendable ones, and stuck ones of a payment, as soon as there is money for the fees.
   * Resolves once durably started; what is on its way already stays so.
   * @throws SkiffError COIN_UNKNOWN, COIN_LOCKED (in use by something that is not stuck), DUST; then nothing changed
   */
  startExit(ids: readonly string[]): Promise<void>;
  /** Calls an exit off while its last transaction is not out. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED when it is too late */
  cancelExit(id: string): Promise<void>;
  /** How far an exit has come, as the chain shows it now. @throws SkiffError COIN_UNKNOWN, CHAIN_UNREACHABLE */
  exitProgress(id: string): Promise<ExitProgress>;
  /**
   * Claims exited coins to any address in one transaction, those of `ids` or all that can be. Resolves once durable.
   * @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, COIN_UNKNOWN (cannot be claimed now), DUST, INVALID_ARGUMENT (none)
   */
  claimExits(ids: readonly string[] | 'all', address: string): Promise<{ txid: string; actionIds: string[] }>;
  /** The ways out of all coins, for other tools (docs/exit-file.md); nothing in it can spend. */
  exitFile(): Promise<ExportFile>;
  /** On-chain satoshi that the exit of these coins takes at today's price, and what is there for it. */
  exitCost(ids: readonly string[]): Promise<{ needed: Sats; available: Sats }>;
}

/** Steps in which an action's coins may be stuck: it looks at the person's wish when an attempt fails. */
const MAY_BE_STUCK = new Set([
  ...['cosign-requested', 'confirming', 'reclaiming', 'revocable', 'stuck'],
  ...['attending', 'seated', 'cosigned'],
  ...['planned', 'submitted', 'issued', 'signed', 'forfeiting'],
  ...['splitting', 'ready', 'prepared'],
]);

const stepOf = (row: ActionRow): string => (row.state as StepState).step;

export function createLeaving(deps: Deps, wake: (actionId: string) => void): Leaving {
  const { ports } = deps;
  return {
    exitFile: () => exitFile(deps),
    exits: (all = false) => ports.db.read(['exits'], all ? allExits : liveExits),
    exitCost: async (ids) =>
      costNow(
        deps,
        (await loadCoins(deps, ids)).map((c) => c.vtxo),
      ),

    exitProgress: async (id) => {
      const row = await ports.db.read(['exits'], (tx) => exitOf(tx, id));
      if (!row) throw notLeaving(id);
      return exitProgress(deps, row);
    },
    claimExits: async (ids, address) => {
      const { txid, actions } = await claimTo(deps, ids, address);
      actions.forEach(wake);
      return { txid, actionIds: actions };
    },

    async startExit(ids) {
      const addresses = new Map<string, string>();
      for (const { row, vtxo } of await loadCoins(deps, ids)) {
        if (!canLeave(ports.curve, vtxo)) throw tooSmall(row);
        addresses.set(row.id, exitAddress(deps, vtxo));
      }
      const now = ports.now();
      const woken = await ports.db.write(CHANGE_TABLES, async (tx) => {
        const started: string[] = [];
        for (const row of await coins(tx, ids)) {
          if ((await exitOf(tx, row.id))?.status === 'running') continue;
          const { id, amount } = row;
          // The server says that it was spent by somebody else, and the person does not believe it.
          if (row.holder === ELSEWHERE) await unlockCoins(tx, [id], ELSEWHERE);
          if (row.state === 'spendable' || row.holder === ELSEWHERE) {
            started.push(await beginExit(tx, { id, amount, address: addresses.get(id) ?? '' }, now));
          } else {
            const holder = await stuckHolder(tx, row);
            await putExit(tx, { id, amount, actionId: holder.id }, { status: 'foreseen', asked: 1 }, now);
            started.push(holder.id);
          }
        }
        return started;
      });
      for (const id of new Set(woken)) wake(id);
    },

    async cancelExit(id) {
      const row = await ports.db.read(['exits', 'actions'], async (tx) => {
        const exit = await exitOf(tx, id);
        return exit?.status === 'running' ? await action(tx, exit.actionId) : undefined;
      });
      if (row && (await lastIsOut(deps, id))) throw tooLate(id);
      await ports.db.write(CHANGE_TABLES, (tx) => cancel(tx, id, row, ports.now()));
    },
  };
}

async function stuckHolder(tx: ReadTx, row: CoinRow): Promise<ActionRow> {
  const holder = row.holder === undefined ? undefined : await action(tx, row.holder);
  if (row.state === 'locked' && holder && MAY_BE_STUCK.has(stepOf(holder))) return holder;
  throw new SkiffError({
    code: 'COIN_LOCKED',
    say: 'This coin is in use or already spent and cannot leave by the chain now.',
    details: { id: row.id, state: row.state, holder: row.holder },
  });
}

/** Has the network seen the transaction that makes the coin an output? */
async function lastIsOut(deps: Deps, id: string): Promise<boolean> {
  const [loaded] = await loadCoins(deps, [id]);
  const last = loaded && exitChain(deps.ports.curve, loaded.vtxo).at(-1);
  return last !== undefined && (await deps.ports.chain.txStatus(txidText(last.txid))) !== undefined;
}

async function cancel(tx: WriteTx, id: string, read: ActionRow | undefined, now: number): Promise<void> {
  const exit = await exitOf(tx, id);
  if (exit?.status === 'foreseen') {
    await putExit(tx, exit, { asked: undefined }, now);
    return;
  }
  if (exit?.status !== 'running' || !read) throw notLeaving(id);
  const step = (read.state as ExitState).step;
  // Given up by the payment that held it: nobody is left who could take it back.
  const final = (await coin(tx, id))?.state === 'exited';
  if (final || (step !== 'start' && step !== 'looking')) throw tooLate(id);
  await endAction(tx, read);
  await unlockCoins(tx, [id], read.id);
  await unlockUtxosHeldBy(tx, read.id);
  await putExit(tx, exit, { status: 'canceled', feeMissing: undefined }, now);
  const line = await movementOf(tx, read.id);
  if (line) await finishMovement(tx, line.id, 'canceled', { effective: 0n }, now);
}

const notLeaving = (id: string) =>
  new SkiffError({ code: 'COIN_UNKNOWN', say: 'This coin is not leaving by the chain.', details: { id } });

const tooLate = (id: string) =>
  new SkiffError({
    code: 'COIN_LOCKED',
    say: 'It is too late to call this off: the coin is on its way to the chain.',
    details: { id },
  });

const tooSmall = (row: CoinRow) =>
  new SkiffError({
    code: 'DUST',
    say: 'This coin is too small to leave by the chain.',
    details: { id: row.id, amount: row.amount },
  });
