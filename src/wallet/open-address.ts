// The Ark address that is shown to whoever wants to pay: the last one that was made, as long as nothing has come to it.
// Opening "Receive" again and again must not use up keys (recovery walks over all of them); an address that received
// something is never shown again, so that two payers are not seen to pay the same person.

import { arkAddress, takeVtxoKey } from './keys.ts';
import { keyAt, nextKeyIndex, noteAddress } from '../store/keys.ts';
import { history } from '../store/movements.ts';
import type { ReadTx } from '../store/port.ts';
import type { KeyRow } from '../store/rows.ts';
import type { Deps } from './ports.ts';

/** How many keys back an unused address is looked for: more than that were taken since for other things. */
const LOOK_BACK = 50;
const PAGE = 100;

/** Has anything come to this address since it was made? */
async function hasReceived(tx: ReadTx, address: string, since: number): Promise<boolean> {
  for (let before: number | undefined; ;) {
    const page = await history(tx, { limit: PAGE, before });
    if (page.some((row) => row.receivedOn.some(({ value }) => value === address))) return true;
    const last = page.at(-1);
    if (!last || page.length < PAGE || last.createdAt < since) return false;
    before = last.id;
  }
}

/** The newest key that was taken for an address, unless it is long ago. */
async function lastAddressKey(tx: ReadTx): Promise<KeyRow | undefined> {
  const next = await nextKeyIndex(tx);
  for (let index = next - 1; index >= Math.max(0, next - LOOK_BACK); index--) {
    const row = await keyAt(tx, index);
    if (row?.purpose === 'address') return row;
  }
  return undefined;
}

/** An address that has received nothing yet. @throws SkiffError LOCKED, or NO_WALLET before the first contact with a server */
export async function openAddress(deps: Deps): Promise<{ address: string; index: number }> {
  const { ports } = deps;
  const last = await ports.db.read(['keys', 'movements'], async (tx) => {
    const row = await lastAddressKey(tx);
    return row?.address !== undefined && !(await hasReceived(tx, row.address, row.createdAt))
      ? row
      : undefined;
  });
  if (last) {
    const address = await arkAddress(deps, last.index);
    if (address === last.address) return { address, index: last.index }; // else it was made for another server
  }
  return newAddress(deps);
}

/** An address of the next key; it is written down with its key, so that what comes to it can be told. */
export async function newAddress(deps: Deps): Promise<{ address: string; index: number }> {
  const { ports } = deps;
  const keys = ports.keys.unlocked();
  const { index } = await ports.db.write(['keys'], (tx) => takeVtxoKey(tx, keys, 'address', ports.now()));
  const address = await arkAddress(deps, index);
  await ports.db.write(['keys'], (tx) => noteAddress(tx, index, address));
  return { address, index };
}
