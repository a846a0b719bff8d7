// Blocks that must lie between an arrival and the end of the payer's HTLC, and heights that follow from them. They leave
// time to bring the HTLC coins on-chain and claim them with the preimage when the server refuses to sign (ark-flows §3).

import { SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import type { WalletConfig } from '../../ports.ts';

/** Blocks that may be found between the payer's look at the chain and ours. */
const DRIFT = 2;

type Deltas = Pick<ArkInfo, 'vtxoExitDelta' | 'htlcExpiryDelta'>;

/** Blocks from now in which we can claim HTLC coins with these deltas by ourselves. */
const blocksToClaim = (deltas: Deltas, { exitMargin, claimDelta }: WalletConfig): number =>
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

/**
 * Blocks that may be found between asking for HTLC coins and judging them: a worker dies in between, an answer is lost,
 * and the server gives the coins of the first time for ever. A sixth of the time that is reckoned for the claim; what is
 * left of it must do (18 blocks less 3, with the exit's margin untouched).
 */
const slack = ({ claimDelta }: WalletConfig): number => Math.floor(claimDelta / 6);

/** `htlc_recv_expiry` to ask for now, by the tip at which it was first asked for: no more than we would still take. */
export const htlcReceiveExpiry = (
  { tip, asked }: { tip: number; asked: number },
  minCltv: number,
  config: WalletConfig,
): number => Math.max(asked, tip - slack(config)) + minCltv - DRIFT;

/** Is there still time to bring a coin with this HTLC expiry on-chain before it is the server's again? */
export const canBeDefended = (
  { vtxoExitDelta, htlcExpiryDelta, htlcExpiry }: Deltas & { htlcExpiry: number },
  tip: number,
  { exitMargin }: WalletConfig,
): boolean => tip + vtxoExitDelta + htlcExpiryDelta + exitMargin <= htlcExpiry;

/**
 * Does a coin with this HTLC expiry leave the time to claim it by ourselves? `short`: it never did, whatever happened
 * since it was asked for; `late`: it did, and too many blocks were found since.
 */
export function timeToClaim(
  coin: Deltas & { htlcExpiry: number },
  { tip, asked }: { tip: number; asked: number },
  config: WalletConfig,
): 'enough' | 'short' | 'late' {
  const needed = blocksToClaim(coin, config);
  if (asked + needed > coin.htlcExpiry) return 'short';
  return tip + needed - slack(config) > coin.htlcExpiry ? 'late' : 'enough';
}
