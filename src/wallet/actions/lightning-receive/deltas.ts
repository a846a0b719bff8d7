// Blocks that must lie between an arrival and the end of the payer's HTLC, and heights that follow from them. They leave
// time to bring the HTLC coins on-chain and claim them with the preimage when the server refuses to sign (ark-flows §3).

import { SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import type { WalletConfig } from '../../ports.ts';

/** Blocks that may be found between the payer's look at the chain and ours. */
const DRIFT = 2;

type Deltas = Pick<ArkInfo, 'vtxoExitDelta' | 'htlcExpiryDelta'>;

/** Blocks from now in which we can claim HTLC coins with these deltas by ourselves. */
export const blocksToClaim = (deltas: Deltas, { exitMargin, claimDelta }: WalletConfig): number =>
  deltas.vtxoExitDelta + deltas.htlcExpiryDelta + exitMargin + claimDelta;

/** `min_cltv_delta` of a new invoice. @throws SkiffError UNSUPPORTED when the server grants less than we need */
export function minCltvDelta(info: ArkInfo, config: WalletConfig): number {
  const delta = blocksToClaim(info, config) + DRIFT;
  if (delta <= info.maxUserInvoiceCltvDelta) return delta;
  throw new SkiffError({
    code: 'UNSUPPORTED',
    say: 'This server leaves too little time to claim Lightning payments safely, so Skiff makes no invoice there.',
    details: { needed: delta, offered: info.maxUserInvoiceCltvDelta },
  });
}

/** `htlc_recv_expiry` to ask for, at this tip. */
export const htlcReceiveExpiry = (tip: number, minCltv: number): number => tip + minCltv - DRIFT;
