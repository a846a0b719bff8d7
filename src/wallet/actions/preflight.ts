// Looking before leaping: questions that change nothing, asked before a payment is written down, so that one that cannot
// work now leaves no trace.

import { fromHex } from '../../crypto/bytes.ts';
import { SkiffError } from '../../errors.ts';
import { isPreimageOf } from '../../lightning/preimage.ts';
import type { ArkServer } from '../../server/connect.ts';
import { grpcCode } from './rejection.ts';

/** Does the server answer? The smallest call there is. @throws SkiffError SERVER_UNREACHABLE and the like */
export async function assertReachable(server: ArkServer): Promise<void> {
  await server.getOffboardFeeRate({});
}

/**
 * The server knows of no payment of this hash (hex) that was made or is being made, by whomever.
 * @throws SkiffError ALREADY_PAID, PAYMENT_IN_PROGRESS; what the call throws
 */
export async function assertPayable(server: ArkServer, hash: string): Promise<void> {
  const { paymentStatus } = await server
    .checkLightningPayment({ hash: fromHex(hash), wait: false })
    .catch((error: unknown) => {
      if (grpcCode(error) === 'NOT_FOUND') return { paymentStatus: undefined };
      throw error;
    });
  if (paymentStatus?.case === 'success' && isPreimageOf(paymentStatus.value.preimage, fromHex(hash))) {
    throw new SkiffError({
      code: 'ALREADY_PAID',
      say: 'This invoice has already been paid. No coin was moved.',
      details: { paymentHash: hash },
    });
  }
  if (paymentStatus?.case === 'pending') {
    throw new SkiffError({
      code: 'PAYMENT_IN_PROGRESS',
      say: 'This invoice is being paid right now. Nothing was paid twice.',
      details: { paymentHash: hash },
    });
  }
}
