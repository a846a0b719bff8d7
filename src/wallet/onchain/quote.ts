// What a payment to a bitcoin address would cost when bitcoin that lies on-chain pays it.

import { addressToScript } from '../../bitcoin/address.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { liveUtxos } from '../../store/onchain.ts';
import { sats, type Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';
import { draftPayment, freeOf, sumOf } from './transaction.ts';

export interface OnchainQuote {
  amount?: Sats;
  /** The miner's. */
  fee?: Sats;
  total?: Sats;
  problem?: SkiffError;
  shortBy?: Sats;
}

/** At the source's regular rate. @throws SkiffError INVALID_ADDRESS, WRONG_NETWORK, DUST, CHAIN_UNREACHABLE */
export async function quoteOnchain(deps: Deps, address: string, amount: Sats | 'all'): Promise<OnchainQuote> {
  const { ports, config } = deps;
  const script = addressToScript(address, config.network);
  const { regular } = await ports.chain.feeRates();
  const utxos = await ports.db.read(['onchainUtxos'], liveUtxos);
  try {
    const { payments, fee } = draftPayment(utxos, script, amount, regular);
    const paid = sats(payments.reduce((sum, { value }) => sum + value, 0n));
    return { amount: paid, fee, total: sats(paid + fee) };
  } catch (error) {
    if (!isSkiffError(error, 'INSUFFICIENT_FUNDS')) throw error;
    const there = sumOf(freeOf(utxos));
    const shortBy = sats(BigInt(error.details['shortBy'] ?? '0'));
    return {
      ...(amount !== 'all' && { amount }),
      problem: new SkiffError({
        code: 'INSUFFICIENT_FUNDS',
        say:
          there === 0n
            ? 'There is no bitcoin on-chain to pay this with.'
            : `${there} sats lie on-chain: too little for this and the miner’s fee.`,
        details: error.details,
        cause: error,
      }),
      ...(there > 0n && amount !== 'all' && { shortBy }),
    };
  }
}
