// The rule that outranks the others, watched from outside: a cosign request that left cannot be taken back, so its inputs
// are never spendable again in the wallet, whatever the server answers.
import { vtxoIdFromBytes, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import type { ArkServer } from '../../../src/server/connect.ts';
import type { CoinRow } from '../../../src/store/rows.ts';
import type { WalletPorts } from '../../../src/wallet/ports.ts';

const COSIGN = [
  'requestArkoorCosign',
  'requestLightningPayHtlcCosign',
  'requestLightningPayHtlcRevocation',
] as const;

/** What the three requests have in common. */
type CosignRequest = Pick<Parameters<ArkServer['requestArkoorCosign']>[0], 'parts'>;

export interface LeftInputs {
  /** Ids of coins that a cosign request which left asked to spend. */
  readonly ids: Set<string>;
  /** Coins among them that were spendable after a commit. */
  readonly unlocked: string[];
  wrap(ports: WalletPorts): WalletPorts;
}

export function watchLeftInputs(): LeftInputs {
  const ids = new Set<string>();
  const unlocked: string[] = [];

  const wrap = (ports: WalletPorts): WalletPorts => ({
    ...ports,
    server: async () => {
      const server = await ports.server();
      const watched = { ...server };
      for (const name of COSIGN) {
        watched[name] = (request: CosignRequest) => {
          for (const part of request.parts ?? []) {
            if (part.inputVtxoId) ids.add(vtxoIdText(vtxoIdFromBytes(part.inputVtxoId)));
          }
          return server[name](request as never);
        };
      }
      return watched;
    },
    db: {
      ...ports.db,
      write: async (tables, body) => {
        const result = await ports.db.write(tables, body);
        if (!tables.includes('coins')) return result;
        await ports.db.read(['coins'], async (tx) => {
          for (const id of ids) {
            if ((await tx.get<CoinRow>('coins', id))?.state === 'spendable') unlocked.push(id);
          }
        });
        return result;
      },
    },
  });
  return { ids, unlocked, wrap };
}
