// Asking for the state of many coins, also of servers that only know how to answer for one.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { toHex } from '../crypto/bytes.ts';
import type { ArkServer } from './connect.ts';
import { isAbsent, isUnknown } from './errors.ts';
import type { VtxoSpendState, VtxoStatusQuerySchema } from './gen/bark_server_pb.js';

/** Most ids in one request. */
const BATCH = 1000;

export type StatusQuery = Required<
  Pick<MessageInitShape<typeof VtxoStatusQuerySchema>, 'vtxoId' | 'attestation'>
>;

/**
 * Spend states by vtxo id (36 bytes, hex); ids the server does not know are absent. Falls back to one call for each id
 * when the server lacks the batch call. @throws SkiffError of the server client
 */
export async function vtxoStates(
  server: Pick<ArkServer, 'getVtxosStatusByIds' | 'getVtxoStatus'>,
  queries: readonly StatusQuery[],
): Promise<Map<string, VtxoSpendState>> {
  const states = new Map<string, VtxoSpendState>();
  for (let i = 0; i < queries.length; i += BATCH) {
    const batch = queries.slice(i, i + BATCH);
    try {
      const { vtxos } = await server.getVtxosStatusByIds({ vtxos: batch });
      for (const { vtxoId, spendState } of vtxos) states.set(toHex(vtxoId), spendState);
    } catch (e) {
      if (!isAbsent(e)) throw e;
      for (const query of batch) {
        const answer = await server.getVtxoStatus(query).catch((one: unknown) => {
          if (isUnknown(one)) return undefined;
          throw one;
        });
        if (answer) states.set(toHex(query.vtxoId), answer.spendState);
      }
    }
  }
  return states;
}
