// getInfo(): who is there and what works. Sites decide by `methods`, so it lists exactly that. An Ark wallet has no
// Lightning node of its own, hence no node key.
import { method } from '../method.ts';
import { requirePermission } from '../permissions.ts';
import { noParams } from '../schema.ts';

/** @param names methods that work, known only once all are put together */
export const getInfo = (names: () => string[]) =>
  method({
    name: 'getInfo',
    params: noParams,
    listed: true,
    async run({ ports }, call) {
      await requirePermission(ports.db, call.site, 'getInfo');
      return {
        node: { alias: 'Skiff', pubkey: '' },
        version: ports.version,
        supports: ['lightning'],
        methods: names(),
      };
    },
  });
