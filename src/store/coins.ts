// The coin table: which VTXOs the wallet has and who may spend them. States and allowed changes:
//   spendable → locked(holder) → spendable | spent | exited;  spent and exited are final.
// A batch changes as a whole or not at all. Live coins (spendable, locked) are also kept in pages, because reading ten
// thousand rows one by one takes a browser a quarter of a second and reading pages of them takes it a fraction of that. Callers compose these with the other rows of a step in one write.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { CoinBodyRow, CoinPageRow, CoinRow, CoinState } from './rows.ts';

/** Tables a write must name to use this file. */
export const coinTables = ['coins', 'coinBodies'] as const;

export type NewCoin = Omit<CoinRow, 'page' | 'unregistered'> & { bytes: Uint8Array; registered: boolean };

const isLive = (state: CoinState): boolean => state === 'spendable' || state === 'locked';

/** Coins in a page: large enough for few reads, small enough to be rewritten with each change of one coin. */
const PAGE_SIZE = 64;

/** The page for a coin that has none: the last one while there is room in it. */
async function pageWithRoom(tx: ReadTx): Promise<CoinPageRow> {
  const [last] = await tx.query<CoinPageRow>('coinPages', undefined, { reverse: true, limit: 1 });
  if (last && last.coins.length < PAGE_SIZE) return last;
  return { page: last ? last.page + 1 : 0, coins: [] };
}

/** Writes a coin and its copy; the only place that does. */
async function put(tx: WriteTx, row: CoinRow): Promise<void> {
  const { page: at, holder, ...rest } = row;
  const held = row.state === 'locked' && holder !== undefined ? { holder } : {};
  const live = isLive(row.state);
  const page = at === undefined ? undefined : await tx.get<CoinPageRow>('coinPages', at);
  const home = page ?? (live ? await pageWithRoom(tx) : undefined);
  const next: CoinRow = { ...rest, ...held, ...(live && home ? { page: home.page } : {}) };
  await tx.put<CoinRow>('coins', next);
  if (!home) return;
  const place = home.coins.findIndex((c) => c.id === row.id);
  const kept = live
    ? place < 0
      ? [...home.coins, next]
      : home.coins.with(place, next)
    : home.coins.filter((c) => c.id !== row.id);
  if (kept.length === 0) await tx.delete('coinPages', home.page);
  else await tx.put<CoinPageRow>('coinPages', { page: home.page, coins: kept });
}

const refuse = (row: CoinRow, wanted: string): never => {
  throw new SkiffError({
    code: 'COIN_LOCKED',
    say: 'A coin needed for this is in use or already spent. Nothing was changed.',
    details: { id: row.id, state: row.state, holder: row.holder, wanted },
  });
};

/** One coin, or undefined. */
export const coin = (tx: ReadTx, id: string): Promise<CoinRow | undefined> => tx.get<CoinRow>('coins', id);

/** The coins of `ids` in that order. @throws SkiffError COIN_UNKNOWN when one is missing */
export async function coins(tx: ReadTx, ids: readonly string[]): Promise<CoinRow[]> {
  const rows: CoinRow[] = [];
  for (const id of ids) {
    const row = await coin(tx, id);
    if (!row)
      throw new SkiffError({
        code: 'COIN_UNKNOWN',
        say: 'This wallet does not know one of the coins.',
        details: { id },
      });
    rows.push(row);
  }
  return rows;
}

/** Spendable and locked coins in no particular order: the one read behind balance and selection. */
export const liveCoins = async (tx: ReadTx): Promise<CoinRow[]> =>
  (await tx.query<CoinPageRow>('coinPages')).flatMap((page) => page.coins);

/** Every coin there ever was. */
export const allCoins = (tx: ReadTx): Promise<CoinRow[]> => tx.query<CoinRow>('coins');

/** Coins locked by this action. */
export const coinsHeldBy = (tx: ReadTx, holder: string): Promise<CoinRow[]> =>
  tx.query<CoinRow>('coins', 'holder', { equals: holder });

/** Unspent coins whose chain the server may not hold yet, or whose id the recovery mailbox lacks. */
export const unregisteredCoins = async (tx: ReadTx): Promise<CoinRow[]> =>
  (await tx.query<CoinRow>('coins', 'unregistered', { equals: 1 })).filter((row) => row.state !== 'spent');

/** The full encoded VTXO. @throws SkiffError COIN_UNKNOWN */
export async function coinBody(tx: ReadTx, id: string): Promise<Uint8Array> {
  const row = await tx.get<CoinBodyRow>('coinBodies', id);
  if (!row)
    throw new SkiffError({
      code: 'COIN_UNKNOWN',
      say: 'This wallet does not hold the data of one of the coins.',
      details: { id },
    });
  return row.bytes;
}

/** Stores a coin; an existing row keeps its state (insert-or-ignore). Resolves true when it was new. */
export async function storeCoin(tx: WriteTx, fresh: NewCoin): Promise<boolean> {
  if (await coin(tx, fresh.id)) return false;
  const { bytes, registered, ...row } = fresh;
  await put(tx, { ...row, ...(registered ? {} : { unregistered: 1 as const }) });
  await tx.put<CoinBodyRow>('coinBodies', { id: fresh.id, bytes });
  return true;
}

/**
 * Locks spendable coins for `holder` (undefined: quarantine without an owner); already locked by the same holder is fine.
 * @throws SkiffError COIN_UNKNOWN, COIN_LOCKED; then no coin changed
 */
export async function lockCoins(
  tx: WriteTx,
  ids: readonly string[],
  holder: string | undefined,
): Promise<CoinRow[]> {
  const rows = await coins(tx, ids);
  for (const row of rows)
    if (row.state !== 'spendable' && !(row.state === 'locked' && row.holder === holder)) refuse(row, 'lock');
  const locked = rows.map((row): CoinRow => ({ ...row, state: 'locked', holder }));
  for (const row of locked) await put(tx, row);
  return locked;
}

/** Makes coins spendable that exactly this holder has locked; others are left alone. Resolves with the ids changed. */
export async function unlockCoins(
  tx: WriteTx,
  ids: readonly string[],
  holder: string | undefined,
): Promise<string[]> {
  const rows = (await coins(tx, ids)).filter((row) => row.state === 'locked' && row.holder === holder);
  for (const row of rows) await put(tx, { ...row, state: 'spendable', holder: undefined });
  return rows.map((row) => row.id);
}

/** Locked by `from` → locked by `to`; others are left alone. */
export async function handOver(tx: WriteTx, ids: readonly string[], from: string, to: string): Promise<void> {
  const rows = (await coins(tx, ids)).filter((row) => row.state === 'locked' && row.holder === from);
  for (const row of rows) await put(tx, { ...row, holder: to });
}

/** Unlocks everything an action holds (it ended). */
export const unlockAllHeldBy = async (tx: WriteTx, holder: string): Promise<string[]> =>
  unlockCoins(
    tx,
    (await coinsHeldBy(tx, holder)).map((row) => row.id),
    holder,
  );

async function end(tx: WriteTx, ids: readonly string[], state: 'spent' | 'exited'): Promise<void> {
  const rows = await coins(tx, ids);
  for (const row of rows) if (!isLive(row.state) && row.state !== state) refuse(row, state);
  for (const row of rows) if (row.state !== state) await put(tx, { ...row, state, holder: undefined });
}

/** Spendable, locked or already spent → spent. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED (exited) */
export const markSpent = (tx: WriteTx, ids: readonly string[]): Promise<void> => end(tx, ids, 'spent');

/** Spendable, locked or already exited → exited. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED (spent) */
export const markExited = (tx: WriteTx, ids: readonly string[]): Promise<void> => end(tx, ids, 'exited');

/** The server holds the chains and the recovery mailbox the ids; never taken back. */
export async function markRegistered(tx: WriteTx, ids: readonly string[]): Promise<void> {
  for (const row of await coins(tx, ids)) {
    if (row.unregistered === undefined) continue;
    const { unregistered: _done, ...rest } = row;
    await put(tx, rest);
  }
}

/** Deletes coins as if they had never been here. @throws SkiffError COIN_UNKNOWN, COIN_LOCKED; then none is deleted */
export async function forgetCoins(tx: WriteTx, ids: readonly string[]): Promise<void> {
  const rows = await coins(tx, ids);
  for (const row of rows) if (row.state === 'locked') refuse(row, 'forget');
  for (const row of rows) {
    // Out of its page first, or the balance would go on counting it.
    await put(tx, { ...row, state: 'spent' });
    await tx.delete('coins', row.id);
    await tx.delete('coinBodies', row.id);
  }
}
