// What the commands of the on-chain wallet share.
import { UsageError } from './args.ts';
import type { Session } from './session.ts';

/** Waits until a payment is out. @throws SkiffError when it ended without */
export async function sentOnchain(
  { wallet }: Session,
  starting: Promise<{ actionId: string; txid: string }>,
): Promise<{ txid: string }> {
  const { actionId, txid } = await starting;
  const end = await wallet.outcome(actionId);
  if (end.status === 'failed') throw end.error;
  return { txid };
}

/** A fee rate in sats/kvB, as bark takes it, in sat/vB. @throws UsageError */
export function satPerVb(perKvb: string | undefined): number | undefined {
  if (perKvb === undefined) return undefined;
  if (!/^\d{1,9}$/.test(perKvb) || Number(perKvb) === 0)
    throw new UsageError(`invalid value '${perKvb}' for '--fee-rate <FEE_RATE>'`);
  return Number(perKvb) / 1000;
}
