// Payments over the wallets' blinded paths: an HTLC whose onion names a virtual channel is held, the wallet told, and settled
// or sent back as any other payment to it. The preimage is in the wallet's layer of the onion, which the server cannot read.
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { peelPaymentOnion, type IncomingHtlc } from '../../../src/lightning/onion/payment.ts';
import type { ArkContext } from '../context.ts';
import type { Receive } from '../state.ts';

/** Offers an HTLC to the server's node. @returns its preimage, or undefined when it comes back */
export async function arriveOverPath(ctx: ArkContext, htlc: IncomingHtlc): Promise<Bytes | undefined> {
  const { curve, edge, edgeKey, lightning, mailboxes, state } = ctx;
  const hash = toHex(htlc.paymentHash);
  let hop: ReturnType<typeof peelPaymentOnion>;
  try {
    hop = peelPaymentOnion(curve, { secret: edgeKey.secret }, htlc);
  } catch (e) {
    if (isSkiffError(e)) return undefined;
    throw e;
  }
  if (hop.kind !== 'forward') return undefined;
  const peer = [...edge.peers.values()].find((one) => one.scid === hop.shortChannelId);
  const { pathKey } = hop.payload;
  if (!peer || !pathKey || state.receives.has(hash) || !ctx.config.extensions.includes('onion-htlc'))
    return undefined;
  const receive: Receive = {
    paymentHash: hash,
    invoice: '',
    amountSat: hop.amount / 1000n,
    mailbox: peer.mailbox,
    expiresAt: ctx.now() + ctx.config.invoiceExpirySecs * 1000,
    status: 'accepted',
    lowestExpiry: htlc.cltvExpiry,
    acceptedAt: ctx.now(),
    htlcIds: [],
    inside: false,
  };
  state.receives.set(hash, receive);
  const released = lightning.holdHtlc(hash, hop.amount);
  mailboxes.post(peer.mailbox, [
    {
      kind: 'onion-htlc',
      paymentHash: htlc.paymentHash,
      forwardMsat: hop.amount,
      outgoingCltv: hop.cltvExpiry,
      cltvExpiry: htlc.cltvExpiry,
      nextOnion: hop.onion,
      pathKey,
    },
  ]);
  return released;
}
