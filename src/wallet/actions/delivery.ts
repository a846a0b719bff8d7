// Handing coins over to whoever they were made for: posted to the mailboxes of an Ark address, through the server. The
// money has moved before; this only brings the news of it, and may be repeated as often as one likes.

import { SkiffError } from '../../errors.ts';
import { destinationOf } from '../destination.ts';
import type { Deps } from '../ports.ts';

/** A coin of somebody else: ours to deliver, never in our coin table. */
export interface Parcel {
  id: string;
  bytes: Uint8Array;
}

/** After a delivery that did not work. */
export const DELIVERY_PAUSE = 60_000;
/** Most coins in one message to a mailbox. */
const PER_MESSAGE = 100;

/**
 * Posts the coins to every mailbox of the address; one that accepts is enough. No mailbox: the coins are handed over
 * elsewhere. @returns undefined when it is done, else the error to wait with
 */
export async function deliver(
  deps: Deps,
  address: string,
  parcels: readonly Parcel[],
): Promise<SkiffError | undefined> {
  const { mailboxes } = destinationOf(deps, address);
  const server = await deps.ports.server();
  const refusals: string[] = [];
  let delivered = mailboxes.length === 0;
  for (const blindedId of mailboxes) {
    try {
      for (const vtxos of inMessages(parcels)) await server.postArkoorMessage({ blindedId, vtxos });
      delivered = true;
    } catch (error) {
      if (!(error instanceof SkiffError) || error.code === 'FENCED') throw error;
      refusals.push(error.say);
    }
  }
  if (delivered) return undefined;
  return new SkiffError({
    code: 'PAYMENT_PENDING',
    say: 'Sent. The recipient has not been told yet; Skiff keeps trying.',
    retry: 'later',
    details: { reason: refusals.join(' ') },
  });
}

function* inMessages(parcels: readonly Parcel[]): Generator<Uint8Array[]> {
  for (let i = 0; i < parcels.length; i += PER_MESSAGE) {
    yield parcels.slice(i, i + PER_MESSAGE).map((p) => p.bytes);
  }
}
