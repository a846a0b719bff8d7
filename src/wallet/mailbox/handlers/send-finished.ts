// The server says that a Lightning payment of ours has ended. The action looks by itself, in the executor's queue; a
// preimage that fits is kept for it, so that it need not be asked for again. A lie or a message for a payment long
// settled changes nothing.

import { toHex } from '../../../crypto/bytes.ts';
import { isPreimageOf } from '../../../lightning/preimage.ts';
import { actions, tellAction } from '../../../store/actions.ts';
import { KIND, type LightningSendState } from '../../actions/lightning-send/state.ts';
import type { Deps } from '../../ports.ts';

export interface Finished {
  paymentHash: Uint8Array;
  preimage?: Uint8Array;
}

/** Resolves when the payment has been woken, not when it has ended: other messages do not wait for it. */
export async function sendFinished(
  deps: Deps,
  { paymentHash, preimage }: Finished,
  wake: (actionId: string) => void,
): Promise<void> {
  const hash = toHex(paymentHash);
  const open = await deps.ports.db.read(['actions'], (tx) => actions(tx, KIND));
  const mine = open.find((row) => (row.state as LightningSendState).hash === hash);
  if (mine) {
    if (preimage && isPreimageOf(preimage, paymentHash)) {
      const news = { preimage: toHex(preimage) };
      await deps.ports.db.write(['actions'], (tx) => tellAction(tx, mine.id, news));
    }
    wake(mine.id);
  } else deps.ports.log.info('the end of a payment that is settled or not ours was passed over', { hash });
}
