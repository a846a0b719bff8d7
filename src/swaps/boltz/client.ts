// Reverse swaps over Boltz's v2 REST API (its WebSocket: updates.ts). Prices are recomputed here from what the pair says; what the service makes of an
// amount may not differ.
import * as v from 'valibot';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { sats, type Sats } from '../../units.ts';
import type { BoltzAgreement, SwapBackend } from '../backend.ts';
import { asking, hex, whole } from '../http.ts';
import { saidBy } from './updates.ts';

/** Blocks of a percentage: two digits behind the point are what services use; six are read. */
const SCALE = 1_000_000n;
const MOST_PERCENT = 5;
const LEAF_VERSION = 0xc0;

const pairForm = v.object({
  hash: v.string(),
  rate: v.literal(1),
  limits: v.object({ minimal: whole, maximal: whole }),
  fees: v.object({
    percentage: v.pipe(v.number(), v.minValue(0), v.maxValue(MOST_PERCENT)),
    minerFees: v.object({ lockup: whole, claim: whole }),
  }),
});
const pairsForm = v.object({ BTC: v.object({ BTC: pairForm }) });
const leaf = v.object({ version: v.literal(LEAF_VERSION), output: hex() });
const createdForm = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  invoice: v.string(),
  swapTree: v.object({ claimLeaf: leaf, refundLeaf: leaf }),
  lockupAddress: v.string(),
  refundPublicKey: hex(33),
  timeoutBlockHeight: whole,
  onchainAmount: whole,
});
const statusForm = v.object({ status: v.string() });
const shareForm = v.object({ pubNonce: hex(66), partialSignature: hex(32) });
const restoredForm = v.array(
  v.object({
    id: createdForm.entries.id,
    type: v.string(),
    preimageHash: hex(32),
    invoice: v.string(),
    claimDetails: v.object({
      tree: createdForm.entries.swapTree,
      lockupAddress: v.string(),
      serverPublicKey: hex(33),
      timeoutBlockHeight: whole,
      amount: whole,
    }),
  }),
);

/** `amount` · percent, rounded UP. */
export const percentUp = (amount: bigint, percent: number): bigint => {
  const parts = BigInt(Math.round(percent * Number(SCALE)));
  return (amount * parts + 100n * SCALE - 1n) / (100n * SCALE);
};

/** What a reverse swap of this invoice locks. */
export const lockupFor = (invoice: bigint, percent: number, lockupFee: bigint): bigint =>
  invoice - percentUp(invoice, percent) - lockupFee;

/** The least invoice of which `lockup` is left. */
export function invoiceFor(lockup: Sats, percent: number, lockupFee: bigint): Sats {
  // A first guess that is never above the answer: the fee of less is less.
  let invoice = lockup + lockupFee + percentUp(lockup, percent);
  while (lockupFor(invoice, percent, lockupFee) < lockup)
    invoice += lockup - lockupFor(invoice, percent, lockupFee);
  while (lockupFor(invoice - 1n, percent, lockupFee) >= lockup) invoice -= 1n;
  return sats(invoice);
}

export function boltz(fetch: typeof globalThis.fetch, service: string): SwapBackend {
  const ask = asking(fetch, service);
  return {
    async offer(lockup) {
      const { hash, limits, fees } = (await ask('/swap/reverse', pairsForm)).BTC.BTC;
      const lockupFee = BigInt(fees.minerFees.lockup);
      return {
        min: sats(limits.minimal),
        max: sats(limits.maximal),
        invoice: invoiceFor(lockup, fees.percentage, lockupFee),
        minerFee: sats(lockupFee),
        pairHash: hash,
      };
    },
    async create({ hash, claimKey, lockup, pairHash }): Promise<BoltzAgreement> {
      const made = await ask('/swap/reverse', createdForm, {
        from: 'BTC',
        to: 'BTC',
        preimageHash: hash,
        claimPublicKey: toHex(claimKey),
        onchainAmount: Number(lockup),
        ...(pairHash !== undefined && { pairHash }),
      });
      const { swapTree, ...rest } = made;
      return {
        kind: 'boltz',
        ...rest,
        claimLeaf: swapTree.claimLeaf.output,
        refundLeaf: swapTree.refundLeaf.output,
      };
    },
    async share({ id }, { preimage, publicNonce, tx }) {
      const answer = await ask(`/swap/reverse/${id}/claim`, shareForm, {
        preimage: toHex(preimage),
        pubNonce: toHex(publicNonce),
        transaction: toHex(tx),
        index: 0,
      });
      return { publicNonce: fromHex(answer.pubNonce), partial: fromHex(answer.partialSignature) };
    },
    async status(_hash, agreement) {
      if (agreement.kind !== 'boltz') return undefined;
      return saidBy((await ask(`/swap/${agreement.id}`, statusForm)).status);
    },
    async known(asked) {
      const publicKeys = asked.map(({ claimKey }) => toHex(claimKey));
      const found = await ask('/swap/restore', restoredForm, { publicKeys });
      return found
        .filter(({ type }) => type === 'reverse')
        .map(({ id, invoice, preimageHash, claimDetails: d }) => ({
          hash: preimageHash,
          lockup: sats(d.amount),
          agreement: {
            kind: 'boltz' as const,
            id,
            invoice,
            refundPublicKey: d.serverPublicKey,
            timeoutBlockHeight: d.timeoutBlockHeight,
            lockupAddress: d.lockupAddress,
            onchainAmount: d.amount,
            claimLeaf: d.tree.claimLeaf.output,
            refundLeaf: d.tree.refundLeaf.output,
          },
        }));
    },
  };
}
