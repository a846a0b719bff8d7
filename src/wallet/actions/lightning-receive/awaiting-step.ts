// Waiting for a payer. The mailbox tells of an arrival at once; this look at the server is the fallback, often while the
// invoice is fresh, later in good time before the three minutes are over that the server waits for our answer.

import { fromHex } from '../../../crypto/bytes.ts';
import { isSkiffError } from '../../../errors.ts';
import type { ArkServer } from '../../../server/connect.ts';
import { LightningReceiveStatus as Status } from '../../../server/gen/bark_server_pb.js';
import type { InvoiceRow } from '../../../store/rows.ts';
import type { Deps } from '../../ports.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { ended, type Ending } from './endings.ts';
import type { InStep, LightningReceiveState } from './state.ts';

type Result = Outcome<LightningReceiveState>;

/** A payment may still be on its way when the invoice ends. */
const GRACE = 60_000;

const MINUTE = 60_000;
/** In the first ten minutes the next look is never far, which keeps the worker alive; later it may sleep in between. */
const pollPause = (age: number): number => (age < 2 * MINUTE ? 4_000 : age < 10 * MINUTE ? 15_000 : 100_000);

/** Looks whether the payer's money is at the server. Needs no key. */
export async function awaiting(deps: Deps, state: InStep<'awaiting'>, row: InvoiceRow): Promise<Result> {
  const server = await deps.ports.server();
  const now = deps.ports.now();
  const isOver = row.expiresAt !== undefined && now > row.expiresAt + GRACE;
  const later = (error?: Error): Result => ({
    then: 'park',
    state,
    wakeAt: now + pollPause(now - row.createdAt),
    ...(isSkiffError(error) && { error }),
  });
  try {
    const { status } = await server.checkLightningReceive({ hash: fromHex(row.hash), wait: false });
    switch (status) {
      case Status.ACCEPTED:
      case Status.HTLCS_READY:
        return {
          then: 'next',
          state: { step: 'arrived', hash: row.hash },
          changes: [
            {
              do: 'invoice',
              hash: row.hash,
              patch: { state: 'arrived', arrivedAt: row.arrivedAt ?? deps.ports.now() },
            },
          ],
        };
      case Status.CANCELED:
        return ended(row, isOver ? expired : calledOff);
      case Status.SETTLED:
        return ended(row, settledElsewhere);
      default:
        // An unknown state comes from a newer server: the invoice may still be paid.
        if (!isOver) return later();
        await cancelAtServer(deps, server, row.hash);
        return ended(row, expired);
    }
  } catch (error) {
    if (!isRejection(error)) throw error;
    // It does not know the invoice (any more). Nobody can pay it then, but nothing is lost by looking again.
    return isOver ? ended(row, expired) : later(error);
  }
}

/** So that nobody's money hangs there in vain; when it does not work, the server's own limits do it. */
export async function cancelAtServer(deps: Deps, server: ArkServer, hash: string): Promise<void> {
  try {
    await server.cancelLightningReceive({ paymentHash: fromHex(hash) });
  } catch (error) {
    if (!isSkiffError(error) || error.code === 'FENCED') throw error;
    deps.ports.log.warn('the server did not call the invoice off', { hash, reason: error.message });
  }
}

const expired: Ending = { state: 'expired' };

export const calledOff: Ending = {
  state: 'cancelled',
  failure: {
    code: 'PAYMENT_FAILED',
    say: 'The payment came while Skiff could not answer, so the server sent it back. Make a new invoice.',
  },
};

export const settledElsewhere: Ending = {
  state: 'cancelled',
  failure: {
    code: 'ALREADY_PAID',
    say: 'This invoice was paid and claimed by another copy of this wallet.',
  },
};
