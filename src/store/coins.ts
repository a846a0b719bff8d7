// The coin table: which VTXOs the wallet has and who may spend them. States and allowed changes:
//   spendable → locked(holder) → spendable | spent | exited;  spent and exited are final.
// A batch changes as a whole or not at all. Callers compose these with the other rows of a step in one write.
import { SkiffError } from '../errors.ts';
import type { ReadTx, WriteTx } from './port.ts';
import type { CoinBodyRow, CoinRow, CoinState } from './rows.ts';

/** Tables a write must name to use this file. */
export const coinTables = ['coins', 'coinBodies'] as const;

export type NewCoin = Omit<CoinRow, 'live' | 'unregistered'> & { bytes: Uint8Array; registered: boolean };

const isLive = (state: CoinState): boolean => state === 'spendable' || state === 'locked';

const put = (tx: WriteTx, row: CoinRow): Promise<void> => {
  const { live: _live, holder, ...rest } = row;
  return tx.put<CoinRow>('coins', {
    ...rest,
    ...(row.state === 'locked' && holder !== undefined ? { holder } : {}),
    ...(isLive(row.state) ? { live: 1 as const } : {}),
  });
};

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

/** Spendable and locked coins: the one read behind balance and selection. */
export const liveCoins = (tx: ReadTx): Promise<CoinRow[]> =>
  tx.query<CoinRow>('coins', 'live', { equals: 1 });

/** Every coin there ever was. */
export const allCoins = (tx: ReadTx): Promise<CoinRow[]> => tx.query<CoinRow>('coins');

/** Coins locked by this action. */
export const coinsHeldBy = (tx: ReadTx, holder: string): Promise<CoinRow[]> =>
  tx.query<CoinRow>('coins', 'holder', { equals: holder });

/** Live coins whose chain the server may not hold yet, or whose id the recovery mailbox lacks. */
export const unregisteredCoins = async (tx: ReadTx): Promise<CoinRow[]> =>
  (await tx.query<CoinRow>('coins', 'unregistered', { equals: 1 })).filter((row) => row.live === 1);

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
