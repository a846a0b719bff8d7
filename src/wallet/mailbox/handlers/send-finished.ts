// The server says that a Lightning payment of ours has ended. It is a hint only: the action looks by itself and checks
// the preimage, in the executor's queue, so a lie or a message for a payment long settled changes nothing.

import { toHex } from '../../../crypto/bytes.ts';
import { actions } from '../../../store/actions.ts';
import { KIND, type LightningSendState } from '../../actions/lightning-send/state.ts';
import type { Deps } from '../../ports.ts';

/** Resolves when the payment has been woken, not when it has ended: other messages do not wait for it. */
export async function sendFinished(
  deps: Deps,
  paymentHash: Uint8Array,
  wake: (actionId: string) => void,
): Promise<void> {
  const hash = toHex(paymentHash);
  const open = await deps.ports.db.read(['actions'], (tx) => actions(tx, KIND));
  const mine = open.find((row) => (row.state as LightningSendState).hash === hash);
  if (mine) wake(mine.id);
  else deps.ports.log.info('the end of a payment that is settled or not ours was passed over', { hash });
}
