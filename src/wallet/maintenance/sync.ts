// Bringing everything up to date. The parts do not depend on one another: one that fails is logged and the others go on.
// The first error is reported at the end, so that a view can say that it shows old numbers.

import { isSkiffError } from '../../errors.ts';
import { setMeta } from '../../store/meta.ts';
import type { Executor } from '../actions/executor.ts';
import { adoptRounds } from '../actions/refresh/adopt.ts';
import { rememberTip } from '../coins/chain-facts.ts';
import { watchAnchors } from '../coins/unanchored.ts';
import type { Mailbox } from '../mailbox/index.ts';
import { recoverIfDue } from '../recovery/due.ts';
import { scanOnchain } from '../onchain/scan.ts';
import type { Deps } from '../ports.ts';
import { autoBoard } from './auto-board.ts';
import type { Registrar } from './register.ts';

export interface SyncParts {
  executor: Executor;
  mailbox: Mailbox;
  registrar: Registrar;
}

/** Pulls tip, mailbox and on-chain outputs, drives every action, boards what arrived, catches up with registration. */
export async function syncAll(deps: Deps, { executor, mailbox, registrar }: SyncParts): Promise<void> {
  const parts: Record<string, () => Promise<unknown>> = {
    tip: async () => watchAnchors(deps, await rememberTip(deps)),
    limits: () => rememberLimits(deps),
    mailbox: () => mailbox.read(),
    rounds: async () => Promise.all((await adoptRounds(deps)).map((id) => executor.drive(id))),
    actions: () => executor.driveAll('all'),
    onchain: async () => {
      await scanOnchain(deps);
      await autoBoard(deps, executor);
    },
  };
  // First of all: a mailbox that is read from its beginning must not bring back what was spent.
  const recovery = await attempt(deps, 'recovery', () => recoverIfDue(deps));
  const errors = await Promise.all(Object.entries(parts).map(([name, run]) => attempt(deps, name, run)));
  errors.push(await attempt(deps, 'registration', () => registrar.catchUp()));
  errors.push(recovery);
  const first = errors.find((e) => e !== undefined);
  if (first !== undefined) throw first;
}

async function attempt(deps: Deps, part: string, run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (!isSkiffError(error, 'LOCKED')) {
      deps.ports.log.warn('a part of the synchronisation failed', { part, reason: String(error) });
    }
    return error;
  }
}

/** The limits that a balance needs while the server is out of reach. */
async function rememberLimits({ ports }: Deps): Promise<void> {
  const { maxVtxoExitDepth } = await (await ports.server()).info();
  await ports.db.write(['meta'], (tx) =>
    setMeta(tx, 'serverLimits', { maxExitDepth: maxVtxoExitDepth, at: ports.now() }),
  );
}
