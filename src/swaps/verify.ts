// May this be paid? The service's answer is held against what was asked for, and its output is built anew here: hash,
// amount, times, keys, script, address. What passes is a contract that can be claimed from alone.
import { addressToScript, parseAddress } from '../bitcoin/address.ts';
import type { Network } from '../bitcoin/network.ts';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import type { Curve } from '../crypto/curve.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { decodeBolt11, type Bolt11 } from '../lightning/bolt11.ts';
import { invoiceExpiresAt, invoiceProblem } from '../lightning/bolt11-check.ts';
import { sats, type Sats } from '../units.ts';
import type { Agreement, BoltzAgreement, LoopAgreement } from './backend.ts';
import { reverseOutput, type ReverseOutput } from './boltz/tree.ts';
import { htlcOutput, htlcScript, keyHash, keyHashOf } from './htlc.ts';
import { misbehaved } from './http.ts';

/** Seconds that an invoice must have left when it is agreed to. */
const TIME_TO_PAY = 60;
/** Blocks between now and the refund below which nothing is paid. */
const LEAST_WINDOW = 20;
/** Longer than this a swap would keep the payment waiting. */
const MOST_DELAY = 1_008;

export interface Asked {
  hash: string;
  /** 33 bytes. */
  claimKey: Uint8Array;
  lockup: Sats;
  /** The most that the invoice may ask. */
  invoiceMost: Sats;
}

export interface Circumstances {
  curve: Curve;
  network: Network;
  /** Unix seconds. */
  now: number;
  tip: number;
  /** Most blocks that the invoice may want of the last hop. */
  cltvBudget: number;
}

/** The locked output, and how to claim it. */
export type Contract =
  | { kind: 'loop-http'; script: Uint8Array; witnessScript: Uint8Array; delay: number }
  | { kind: 'boltz'; script: Uint8Array; output: ReverseOutput; refundKey: Uint8Array; timeout: number };

/** The output that an agreement is about, built anew. @throws SkiffError SWAP_MISBEHAVED for what makes no output of ours */
export function contractOf(
  curve: Curve,
  network: Network,
  asked: Pick<Asked, 'hash' | 'claimKey'>,
  agreement: Agreement,
): Contract {
  try {
    return agreement.kind === 'boltz' ? reverse(curve, asked, agreement) : loop(network, asked, agreement);
  } catch (cause) {
    if (isSkiffError(cause, 'SWAP_MISBEHAVED')) throw cause;
    throw new SkiffError({
      code: 'SWAP_MISBEHAVED',
      say: 'The swap service named keys or addresses that cannot be used. Nothing was paid.',
      cause,
    });
  }
}

function loop(network: Network, asked: Pick<Asked, 'hash' | 'claimKey'>, a: LoopAgreement): Contract {
  const claim = keyHash(asked.claimKey);
  const refund = keyHashOf(a.htlcRefundAddress, network);
  if (equalBytes(claim, refund))
    throw misbehaved('The swap service named our own key as its way back. Nothing was paid.');
  const script = htlcScript({ hash: fromHex(asked.hash), claim, refund, delay: a.delay, sized: a.sized });
  return { kind: 'loop-http', script: htlcOutput(script), witnessScript: script, delay: a.delay };
}

function reverse(curve: Curve, asked: Pick<Asked, 'hash' | 'claimKey'>, a: BoltzAgreement): Contract {
  const refundKey = fromHex(a.refundPublicKey);
  if (!curve.isPoint(refundKey) || equalBytes(refundKey.subarray(1), asked.claimKey.subarray(1)))
    throw misbehaved('The swap service named a key that cannot be used. Nothing was paid.');
  const output = reverseOutput(curve, {
    hash: fromHex(asked.hash),
    claimKey: asked.claimKey,
    refundKey,
    timeout: a.timeoutBlockHeight,
  });
  if (toHex(output.claimLeaf) !== a.claimLeaf || toHex(output.refundLeaf) !== a.refundLeaf)
    throw misbehaved('The swap service described another output than was agreed. Nothing was paid.');
  return { kind: 'boltz', script: output.script, output, refundKey, timeout: a.timeoutBlockHeight };
}

/**
 * Checks everything there is to check before paying. @returns the invoice and the contract
 * @throws SkiffError SWAP_MISBEHAVED (details.reason), SWAP_REFUSED when the terms do not fit this wallet
 */
export function verifyAgreement(
  at: Circumstances,
  asked: Asked,
  agreement: Agreement,
): { invoice: Bolt11; amount: Sats; contract: Contract } {
  const invoice = readInvoice(at, agreement.invoice);
  if (toHex(invoice.paymentHash) !== asked.hash)
    throw misbehaved('The invoice of the swap service is for another hash. Nothing was paid.', {
      reason: 'hash',
    });
  const { amount: msat } = invoice;
  if (msat === undefined || msat % 1000n !== 0n || msat / 1000n > asked.invoiceMost)
    throw misbehaved('The swap service asks for more than it quoted. Nothing was paid.', {
      reason: 'amount',
    });
  if (invoiceExpiresAt(invoice) < BigInt(at.now + TIME_TO_PAY))
    throw misbehaved('The invoice of the swap service is over too soon. Nothing was paid.', {
      reason: 'expiry',
    });
  if (Number(invoice.minFinalCltv) > at.cltvBudget)
    throw new SkiffError({
      code: 'SWAP_REFUSED',
      say: 'This swap would lock the payment for longer than the Ark server allows. Nothing was paid.',
      details: { wanted: Number(invoice.minFinalCltv), allowed: at.cltvBudget },
    });
  const contract = contractOf(at.curve, at.network, asked, agreement);
  if (agreement.kind === 'boltz') assertBoltz(at, asked, agreement, contract);
  const window = contract.kind === 'boltz' ? contract.timeout - at.tip : contract.delay;
  if (window < LEAST_WINDOW || window > MOST_DELAY)
    throw misbehaved('The swap leaves too little time, or too much. Nothing was paid.', {
      reason: 'window',
      blocks: window,
    });
  return { invoice, amount: sats(msat / 1000n), contract };
}

function readInvoice({ curve, network, now }: Circumstances, text: string): Bolt11 {
  let invoice: Bolt11;
  try {
    invoice = decodeBolt11(curve, text);
  } catch (cause) {
    throw new SkiffError({
      code: 'SWAP_MISBEHAVED',
      say: 'The swap service gave an invoice that cannot be read. Nothing was paid.',
      details: { reason: 'invoice' },
      cause,
    });
  }
  const problem = invoiceProblem(invoice, network, now);
  if (problem) throw misbehaved(`${problem.say} Nothing was paid.`, { reason: problem.code });
  return invoice;
}

function assertBoltz(
  { network }: Circumstances,
  asked: Asked,
  a: BoltzAgreement,
  { script }: Contract,
): void {
  if (BigInt(a.onchainAmount) < asked.lockup)
    throw misbehaved('The swap service wants to lock less than was agreed. Nothing was paid.', {
      reason: 'value',
    });
  const named = parseAddress(a.lockupAddress);
  if (!named.networks.includes(network) || !equalBytes(addressToScript(a.lockupAddress, network), script))
    throw misbehaved('The swap service named another address than its output has. Nothing was paid.', {
      reason: 'lockup address',
    });
}
