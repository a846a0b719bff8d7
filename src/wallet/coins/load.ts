// Reading our coins with their signed chains, and making the server hold those chains before it is asked to sign for
// them ("register before spend": it refuses to cosign for a coin whose chain it cannot defend).

import { decodeVtxo, type Vtxo } from '../../ark/vtxo.ts';
import type { ArkServer } from '../../server/connect.ts';
import { coinBody, coins } from '../../store/coins.ts';
import type { CoinRow } from '../../store/rows.ts';
import type { Deps } from '../ports.ts';

export interface LoadedCoin {
  readonly row: CoinRow;
  /** Decoded when it is first looked at: an upload needs the bytes alone. */
  readonly vtxo: Vtxo;
  readonly bytes: Uint8Array;
}

/** The coins of `ids`, in that order, with their full VTXOs. @throws SkiffError COIN_UNKNOWN */
export async function loadCoins(deps: Deps, ids: readonly string[]): Promise<LoadedCoin[]> {
  const stored = await deps.ports.db.read(['coins', 'coinBodies'], async (tx) => {
    const rows = await coins(tx, ids);
    const loaded: { row: CoinRow; bytes: Uint8Array }[] = [];
    for (const row of rows) loaded.push({ row, bytes: await coinBody(tx, row.id) });
    return loaded;
  });
  return stored.map(({ row, bytes }) => {
    let vtxo: Vtxo | undefined;
    return {
      row,
      bytes,
      get vtxo() {
        return (vtxo ??= decodeVtxo(deps.ports.curve, bytes, 'full'));
      },
    };
  });
}

/** Most chains in one upload. */
const BATCH = 1000;

/** Uploads signed chains; repeating it is harmless. Nothing to upload: no call (the server refuses an empty list). */
export async function registerChains(
  server: ArkServer,
  chains: readonly { bytes: Uint8Array }[],
): Promise<void> {
  for (let i = 0; i < chains.length; i += BATCH) {
    await server.registerVtxoTransactions({ vtxos: chains.slice(i, i + BATCH).map((c) => c.bytes) });
  }
}

/** As {@link registerChains} for those coins that the server has not confirmed to hold yet. */
export const registerMissing = (server: ArkServer, coins: readonly LoadedCoin[]): Promise<void> =>
  registerChains(
    server,
    coins.filter((c) => c.row.unregistered !== undefined),
  );
