// The tutorial's API: one POST that has to be there, and what some services have beside it. A service without a quote asks
// the tutorial's fee.
import * as v from 'valibot';
import { scriptToAddress, witnessScript } from '../bitcoin/address.ts';
import type { Network } from '../bitcoin/network.ts';
import { isSkiffError } from '../errors.ts';
import type { Said } from '../store/swap-row.ts';
import { sats } from '../units.ts';
import type { LoopAgreement, SwapBackend } from './backend.ts';
import { SEED_DELAY, keyHash } from './htlc.ts';
import { asking, hex, whole } from './http.ts';

/** The tutorial's service takes this, whatever the amount. */
const SEED_FEE = 1_000n;
/** Less than this no output of the tutorial's is worth its claim. */
const SEED_MIN = 2_000n;
const SEED_MAX = 1_000_000n;

const quoteForm = v.object({ serviceFeeSats: whole, minerFeeSats: whole, min: whole, max: whole });
const agreementForm = v.object({
  htlcRefundAddress: v.string(),
  paymentRequest: v.string(),
  csvDelta: v.optional(whole),
  preimageSize: v.optional(v.literal(32)),
});
const statusForm = v.object({ status: v.string() });
const knownForm = v.array(v.object({ ...agreementForm.entries, hash: hex(32), htlcAmountSats: whole }));

/** The states of the tutorial's service and of one that also ends, in our words. */
const WORDS: Readonly<Record<string, Said>> = {
  Pending: 'waiting',
  AwaitingIncomingHtlcAccepted: 'waiting',
  AwaitingOutgoingHtlcSettlement: 'locked',
  Complete: 'settled',
  Refunding: 'over',
  Refunded: 'over',
  Expired: 'over',
  Canceled: 'over',
};

/** P2WPKH address of the key that claims: the tutorial's way to name a key. */
const claimAddress = (claimKey: Uint8Array, network: Network): string =>
  scriptToAddress(witnessScript(0, keyHash(claimKey)), network) ?? '';

const agreementOf = (answer: v.InferOutput<typeof agreementForm>): LoopAgreement => ({
  kind: 'loop-http',
  invoice: answer.paymentRequest,
  htlcRefundAddress: answer.htlcRefundAddress,
  delay: answer.csvDelta ?? SEED_DELAY,
  sized: answer.preimageSize !== undefined,
});

export function loopHttp(fetch: typeof globalThis.fetch, service: string, network: Network): SwapBackend {
  const ask = asking(fetch, `${service}/api/loop/out`);
  return {
    async offer(lockup) {
      try {
        const quote = await ask(`/quote?sats=${lockup}`, quoteForm);
        const fees = BigInt(quote.serviceFeeSats) + BigInt(quote.minerFeeSats);
        return {
          min: sats(quote.min),
          max: sats(quote.max),
          invoice: sats(lockup + fees),
          minerFee: sats(quote.minerFeeSats),
        };
      } catch (error) {
        if (!isSkiffError(error, 'SWAP_REFUSED') || error.details['status'] !== '404') throw error;
        return {
          min: sats(SEED_MIN),
          max: sats(SEED_MAX),
          invoice: sats(lockup + SEED_FEE),
          minerFee: sats(0n),
        };
      }
    },
    create: async ({ hash, claimKey, lockup }) =>
      agreementOf(
        await ask('', agreementForm, {
          htlcClaimAddress: claimAddress(claimKey, network),
          hash,
          loopOutSats: Number(lockup),
          preimageSize: 32,
        }),
      ),
    async status(hash) {
      const { status } = await ask(`/${hash}`, statusForm);
      return Object.hasOwn(WORDS, status) ? WORDS[status] : undefined;
    },
    known: async (asked) => {
      const answers = await ask('/known', knownForm, { hashes: asked.map(({ hash }) => hash) });
      return answers.map((a) => ({
        hash: a.hash,
        agreement: agreementOf(a),
        lockup: sats(a.htlcAmountSats),
      }));
    },
  };
}
