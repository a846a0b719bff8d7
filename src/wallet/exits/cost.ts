// What it costs to bring coins onto the chain: each transaction of their chains is paid for by a child of ours. What
// several coins share is paid once. The claim in the end is paid from the coins themselves.

import { CPFP_CHILD_WEIGHT, exitChain, packageFee } from '../../ark/exit.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import type { Vtxo } from '../../ark/vtxo.ts';
import { feeRateFromSatPerVb } from '../../bitcoin/fee-rate.ts';
import type { Curve } from '../../crypto/curve.ts';
import { liveUtxos } from '../../store/onchain.ts';
import type { OnchainUtxoRow } from '../../store/rows.ts';
import { sats, type Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';

/** Miners' fees, rounded up for each transaction, at `rate` sat/vB. */
function exitCost(curve: Curve, vtxos: readonly Vtxo[], rate: number): Sats {
  const satPerKwu = feeRateFromSatPerVb(Math.max(1, rate));
  const fees = new Map<string, bigint>();
  for (const vtxo of vtxos) {
    for (const { txid, weight } of exitChain(curve, vtxo)) {
      fees.set(txidText(txid), packageFee(satPerKwu, weight, CPFP_CHILD_WEIGHT));
    }
  }
  return sats([...fees.values()].reduce((a, b) => a + b, 0n));
}

/** Outputs that a child may spend: confirmed ones (a second unconfirmed parent is not relayed) that nothing holds. */
const feeMoney = (utxos: readonly OnchainUtxoRow[]): OnchainUtxoRow[] =>
  utxos.filter((u) => u.height !== undefined && u.holder === undefined);

/** Cost of bringing these coins out at today's price, and the money that is there for it. @throws SkiffError CHAIN_UNREACHABLE */
export async function costNow(
  deps: Deps,
  vtxos: readonly Vtxo[],
): Promise<{ needed: Sats; available: Sats }> {
  const { ports } = deps;
  const { fast } = await ports.chain.feeRates();
  const utxos = await ports.db.read(['onchainUtxos'], liveUtxos);
  const available = feeMoney(utxos).reduce((sum, u) => sum + u.value, 0n);
  return { needed: exitCost(ports.curve, vtxos, fast), available: sats(available) };
}
