// Ark coins to a bitcoin output, followed until the transaction is signed: from then on nobody can take it back.
import { SkiffError } from '../src/errors.ts';
import type { OffboardOrder } from '../src/wallet/actions/offboard/start.ts';
import type { Session } from './session.ts';
import { actionWhen, stepOf } from './wait.ts';

/** @throws SkiffError when it could not be started or failed. Resolves with bark's `OffboardResult`. */
export async function offboardNow(session: Session, order: OffboardOrder) {
  const { wallet } = session;
  const { actionId } = await wallet.offboard(order);
  const row = await actionWhen(session, actionId, (r) => stepOf(r) === 'confirming');
  const line = await wallet.movement(actionId);
  if (!row && line?.status !== 'successful') {
    const end = await wallet.outcome(actionId);
    throw end.status === 'failed'
      ? end.error
      : new SkiffError({ code: 'INTERNAL', say: 'The payment has ended.' });
  }
  return { offboard_txid: line?.metadata['offboard_txid'], movement_id: line?.id };
}
