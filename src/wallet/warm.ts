// Work that a payment needs and that can be done while a person still reads what it costs: the first use of a secret in a
// worker's life builds noble's tables for the generator, and the payment takes two new keys. A hint only: nothing is
// stored, no key is taken, and without an open vault nothing happens.

import { nextKeyIndex } from '../store/keys.ts';
import type { Deps } from './ports.ts';

/** Returns at once. The work waits for the store first, so that an answer that is on its way leaves before it. */
export function warmUp({ ports }: Deps): void {
  ports.db
    .read(['keys'], nextKeyIndex)
    .then((next) => {
      const keys = ports.keys.unlocked();
      keys.mailbox();
      keys.vtxoPublicKey(next);
      keys.vtxoPublicKey(next + 1);
    })
    .catch((reason: unknown) => ports.log.info('nothing was prepared', { reason: String(reason) }));
}
