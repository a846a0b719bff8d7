// Full coins by their ids, also of servers that only know how to show one at a time.

import type { ArkServer } from '../../server/connect.ts';
import { isAbsent, isUnknown } from '../../server/errors.ts';

/** What the server has of these ids (36 bytes each, 1000 at most), in any order. @throws SkiffError of the server client */
export async function bodiesOf(server: ArkServer, vtxoIds: Uint8Array[]): Promise<Uint8Array[]> {
  try {
    return (await server.getVtxosByIds({ vtxoIds })).vtxos;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const found: Uint8Array[] = [];
  for (const vtxoId of vtxoIds) {
    try {
      found.push((await server.getVtxo({ vtxoId })).vtxo);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return found;
}
