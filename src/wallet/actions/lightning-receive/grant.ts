// The coins that the server offers for the preimage, judged before the preimage leaves. Every one of them must be ours
// alone once we show the preimage, must leave time to claim it on-chain without the server, and together they must be
// the amount of the invoice less at most the fee that was shown when it was made. The server repeats its offer for ever,
// so one that is not good enough ends the payment; only what our own chain source does not know yet is looked at again.

import type { HtlcReceivePolicy } from '../../../ark/policy.ts';
import { validateVtxo } from '../../../ark/validate.ts';
import { txidText, vtxoIdBytes } from '../../../ark/vtxo-id.ts';
import { decodeVtxo, vtxoId, type Vtxo } from '../../../ark/vtxo.ts';
import { equalBytes, fromHex, toHex } from '../../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import type { ArkInfo } from '../../../server/ark-info.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import { anchorsOf } from '../../coins/chain-facts.ts';
import type { Deps } from '../../ports.ts';
import { userKey } from '../cosign.ts';
import { timeToClaim } from './deltas.ts';

export interface Grant {
  /** In the order of their 36-byte ids, which is the server's. */
  coins: { vtxo: Vtxo; bytes: Uint8Array }[];
  total: Sats;
}

export interface GrantFacts {
  info: ArkInfo;
  /** Asked freshly. */
  tip: number;
  /** The tip when coins for this payment were first asked for. */
  asked: number;
}

/** `details.problem` of the refusal: what is wrong with the offer. */
const unacceptable = (problem: string, details: Record<string, string | number | bigint> = {}) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server did not offer what the payment is worth. Skiff did not take it; the payer gets the money back.',
    details: { problem, ...details },
  });

/** Nobody's fault: the offer was good, and nobody looked at it in time. */
const tooLate = (details: Record<string, number>) =>
  new SkiffError({
    code: 'PAYMENT_FAILED',
    say: 'The payment came while Skiff could not answer, and it is too late to take it safely. The payer gets the money back.',
    details: { problem: 'too late', ...details },
  });

/**
 * @throws SkiffError SERVER_MISBEHAVED when the offer must not be taken, PAYMENT_FAILED when not any more; ANCHOR_NOT_FOUND, ANCHOR_UNCONFIRMED,
 *   CHAIN_UNREACHABLE and the like when it cannot be judged yet
 */
export async function judgeGrant(
  deps: Deps,
  row: InvoiceRow,
  offered: readonly Uint8Array[],
  facts: GrantFacts,
): Promise<Grant> {
  const { curve } = deps.ports;
  const coins = offered.map((bytes) => ({ bytes, vtxo: decode(deps, bytes) }));
  coins.sort((a, b) => compare(vtxoIdBytes(a.vtxo.point), vtxoIdBytes(b.vtxo.point)));
  if (coins.length === 0) throw unacceptable('no coins');
  if (new Set(coins.map((c) => vtxoId(c.vtxo))).size !== coins.length) throw unacceptable('a coin twice');
  for (const { vtxo } of coins) checkTerms(deps, row, vtxo, facts);
  const total = sats(coins.reduce((sum, c) => sum + c.vtxo.amount, 0n));
  if (total + row.fee < row.amount) throw unacceptable('amount', { total, amount: row.amount, fee: row.fee });

  const anchors = await anchorsOf(
    deps,
    coins.map((c) => c.vtxo.anchor),
  );
  for (const { vtxo } of coins) {
    try {
      validateVtxo(curve, vtxo, anchors.get(txidText(vtxo.anchor.txid))!);
    } catch (error) {
      if (!isSkiffError(error, 'INVALID_VTXO')) throw error;
      throw unacceptable('chain', { link: error.details['problem'] ?? error.details['reason'] ?? '' });
    }
  }
  return { coins, total };
}

function decode({ ports }: Deps, bytes: Uint8Array): Vtxo {
  try {
    return decodeVtxo(ports.curve, bytes, 'full');
  } catch (error) {
    if (isSkiffError(error)) throw unacceptable('undecodable');
    throw error;
  }
}

/** By bytes, as ids are ordered on the wire. */
const compare = (a: Uint8Array, b: Uint8Array): number => (toHex(a) < toHex(b) ? -1 : 1);

function checkTerms(deps: Deps, row: InvoiceRow, vtxo: Vtxo, facts: GrantFacts): void {
  const { info, tip } = facts;
  const { config } = deps;
  const { policy } = vtxo;
  if (policy.type !== 'server-htlc-receive' || policy.version !== 1)
    throw unacceptable('policy', { policy: policy.type });
  if (!equalBytes(policy.paymentHash, fromHex(row.hash))) throw unacceptable('payment hash');
  if (!equalBytes(policy.userPubkey, userKey(deps, row.keyIndex))) throw unacceptable('key');
  if (!equalBytes(vtxo.serverPubkey, info.serverPubkey)) throw unacceptable('server key');
  if (vtxo.exitDelta !== info.vtxoExitDelta) throw unacceptable('exit delta', { exitDelta: vtxo.exitDelta });
  if (vtxo.expiryHeight < tip + config.exitMargin)
    throw unacceptable('tree expiry', { expiryHeight: vtxo.expiryHeight, tip });
  checkTime(deps, vtxo, policy, facts);
}

/** Time to claim by ourselves, whatever deltas the coin itself names. */
function checkTime({ config }: Deps, vtxo: Vtxo, policy: HtlcReceivePolicy, facts: GrantFacts): void {
  const { htlcExpiry, htlcExpiryDelta } = policy;
  const { tip, asked } = facts;
  const coin = { vtxoExitDelta: vtxo.exitDelta, htlcExpiryDelta, htlcExpiry };
  const time = timeToClaim(coin, { tip, asked }, config);
  if (time === 'short') throw unacceptable('htlc expiry', { asked, htlcExpiry, htlcExpiryDelta });
  if (time === 'late') throw tooLate({ tip, asked, htlcExpiry });
}
