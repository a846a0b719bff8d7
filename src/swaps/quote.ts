// What a swap would cost, part by part, before anything is agreed or stored.
import { addressToScript } from '../bitcoin/address.ts';
import { dustLimit } from '../bitcoin/dust.ts';
import { SkiffError } from '../errors.ts';
import { coinTables, liveCoins } from '../store/coins.ts';
import { sats, type Sats } from '../units.ts';
import { selectForLightning } from '../wallet/actions/lightning-send/start.ts';
import { recentTip } from '../wallet/coins/chain-facts.ts';
import type { Deps } from '../wallet/ports.ts';
import type { ServiceRef } from './backend.ts';
import { backendOf } from './backends.ts';
import { depthFor } from './facts.ts';
import { spendFee } from './spend.ts';

/** Witness of the dearest claim that there is (htlc-spend.ts, sized), for quotes before any script exists. */
const CLAIM_WITNESS = [72, 33, 32, 98];
/** Before the preimage is out a claim may come to cost this many times what was quoted. */
const FEE_ROOM = 3n;
const BLOCK_MINUTES = 10;

export interface SwapQuote extends ServiceRef {
  address: string;
  /** Arrives at least, unless the network's fees rise meanwhile. */
  amount: Sats;
  /** What the service locks: `amount` and the fee of the claim. */
  lockup: Sats;
  /** The most that the service's invoice asks. */
  invoice: Sats;
  /** Of the service, what it gives to miners included. */
  serviceFee: Sats;
  /** Of the Bitcoin network for the claim, taken from the lock-up. */
  claimFee: Sats;
  /** Of the Ark server for the Lightning payment. */
  lightningFee: Sats;
  /** What leaves the balance. */
  total: Sats;
  claimFeeMost: Sats;
  min: Sats;
  max: Sats;
  /** Typical, from the click to the claim in a block. */
  minutes: number;
  pairHash?: string;
}

export interface SwapWish extends ServiceRef {
  address: string;
  amount: Sats;
}

/**
 * Asks the service and reckons. @throws SkiffError SWAP_UNREACHABLE, SWAP_REFUSED, AMOUNT_OUT_OF_RANGE, DUST,
 * INSUFFICIENT_FUNDS, INVALID_ADDRESS, WRONG_NETWORK
 */
export async function quoteSwap(deps: Deps, wish: SwapWish): Promise<SwapQuote> {
  const { ports, config } = deps;
  const { address, amount, backend, service } = wish;
  const to = addressToScript(address, config.network);
  if (amount < dustLimit(to))
    throw new SkiffError({
      code: 'DUST',
      say: `An amount below ${dustLimit(to)} sat cannot be sent on-chain to this address.`,
      details: { amount },
    });
  const { fast } = await ports.chain.feeRates();
  const claimFee = spendFee(fast, to, CLAIM_WITNESS);
  const lockup = sats(amount + claimFee);
  const offer = await backendOf(deps, wish).offer(lockup);
  if (lockup < offer.min || lockup > offer.max)
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: `This swap service takes ${offer.min} to ${offer.max} sat.`,
      details: { min: offer.min, max: offer.max, amount },
    });
  const [tip, info] = await Promise.all([recentTip(deps), ports.server().then((server) => server.info())]);
  const coins = await ports.db.read(coinTables, liveCoins);
  const { fee: lightningFee } = selectForLightning(coins, offer.invoice, info, tip);
  return {
    backend,
    service,
    address,
    amount,
    lockup,
    invoice: offer.invoice,
    serviceFee: sats(offer.invoice - lockup),
    claimFee,
    lightningFee,
    total: sats(offer.invoice + lightningFee),
    claimFeeMost: sats(claimFee * FEE_ROOM),
    min: offer.min,
    max: offer.max,
    minutes: (depthFor(lockup) + 1) * BLOCK_MINUTES,
    ...(offer.pairHash !== undefined && { pairHash: offer.pairHash }),
  };
}
