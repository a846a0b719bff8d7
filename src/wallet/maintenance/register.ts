// Catching up with the server and the recovery mailbox: every coin's chain is uploaded and its id posted to the second
// mailbox, from which a restore from the seed finds it. The mark that this is still to do (`unregistered`) is written with
// the coin itself, so nothing is forgotten; it goes when both have succeeded. Best effort: a coin that is refused does not
// hold up the others.

import { parseVtxoId, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { isSkiffError } from '../../errors.ts';
import type { ArkServer } from '../../server/connect.ts';
import { coinTables, markRegistered, unregisteredCoins } from '../../store/coins.ts';
import { retryDelay } from '../actions/backoff.ts';
import { loadCoins, registerChains, type LoadedCoin } from '../coins/load.ts';
import { aheadOf } from '../mailbox/clock.ts';
import { mintPass } from '../mailbox/pass.ts';
import type { Deps } from '../ports.ts';

/** Ids in one post to the recovery mailbox, and chains in one upload. */
const BATCH = 20;
const PASS_MS = 60_000;

export interface Registrar {
  /** Uploads and posts what is missing. Joins a run under way. @throws SkiffError when server, keys or store are out of reach */
  catchUp(): Promise<void>;
  /** The same in the background: what fails is tried again with the next sync. */
  poke(): void;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export function createRegistrar(deps: Deps): Registrar {
  const { ports } = deps;
  /** Coins that were refused: not asked again at once. Only of this life; the next one may try. */
  const refused = new Map<string, { times: number; until: number }>();
  let running: Promise<void> | undefined;
  let again = false;

  const due = async () =>
    (await ports.db.read(coinTables, unregisteredCoins)).filter(
      // The server knows a board only once it is registered as one.
      ({ id, holder }) => !holder?.startsWith('board.') && (refused.get(id)?.until ?? 0) <= ports.now(),
    );

  async function run(): Promise<void> {
    const missing = await due();
    if (missing.length === 0) return;
    ports.keys.unlocked();
    const server = await ports.server();
    for (let i = 0; i < missing.length; i += BATCH) {
      const ids = missing.slice(i, i + BATCH).map((row) => row.id);
      await batch(server, await loadCoins(deps, ids));
    }
  }

  async function batch(server: ArkServer, coins: readonly LoadedCoin[]): Promise<void> {
    try {
      // A coin on its way out by the chain needs no upload, but a restore must find it.
      await registerChains(
        server,
        coins.filter((c) => c.row.state !== 'exited'),
      );
      await postIds(server, coins);
    } catch (error) {
      if (!isSkiffError(error) || ['FENCED', 'LOCKED', 'SERVER_UNREACHABLE'].includes(error.code))
        throw error;
      // One bad coin refuses the whole batch: find it by going one by one.
      if (coins.length > 1) for (const coin of coins) await batch(server, [coin]);
      else await alone(server, coins[0]!, error.message);
      return;
    }
    const ids = coins.map((c) => c.row.id);
    await ports.db.write(coinTables, (tx) => markRegistered(tx, ids));
    for (const id of ids) refused.delete(id);
  }

  /** The id may be welcome although the chain was not. */
  async function alone(server: ArkServer, coin: LoadedCoin, reason: string): Promise<void> {
    const { id } = coin.row;
    const times = (refused.get(id)?.times ?? 0) + 1;
    refused.set(id, { times, until: ports.now() + retryDelay(times * 5) });
    ports.log.warn('a coin could not be registered yet', { id, reason });
    await postIds(server, [coin]).catch((error: unknown) => {
      if (isSkiffError(error, 'FENCED')) throw error;
    });
  }

  async function postIds(server: ArkServer, coins: readonly LoadedCoin[]): Promise<void> {
    const pass = mintPass(deps, 'recoveryMailbox', ports.now() + aheadOf(server) + PASS_MS);
    await server.postRecoveryVtxoIds({
      ...pass,
      vtxoIds: coins.map((c) => vtxoIdBytes(parseVtxoId(c.row.id))),
    });
  }

  async function runs(): Promise<void> {
    do {
      again = false;
      await run();
    } while (again);
  }

  const catchUp = (): Promise<void> => {
    // What was stored after the run under way had looked must not wait for the next occasion.
    again = running !== undefined;
    return (running ??= runs().finally(() => (running = undefined)));
  };
  return {
    catchUp,
    poke: () => {
      catchUp().catch((error: unknown) => {
        if (isSkiffError(error, 'LOCKED') || isSkiffError(error, 'FENCED')) return;
        ports.log.info('coins will be registered with the next sync', { reason: String(error) });
      });
    },
    idle: async () => {
      await running?.catch(() => undefined);
    },
  };
}
