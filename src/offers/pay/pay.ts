// Pays a BOLT 12 invoice that did not come in answer to a request of this wallet (LDK's `pay_for_bolt12_invoice`): same
// order of checks, same names. Beyond LDK's contract, because an Ark server settles by hash: one payment for each hash,
// whatever the id; and the id and all that is locked are one transaction, so that no crash leaves one without the other.
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { SkiffError, isSkiffError } from '../../errors.ts';
import { answersRequest, isBolt12Expired } from '../../lightning/bolt12/invoice-check.ts';
import type { InvoiceRequest } from '../../lightning/bolt12/invoice-request.ts';
import type { Bolt12Invoice } from '../../lightning/bolt12/invoice.ts';
import { assertIdFree, recordUnsent, trackPayment } from '../../store/bolt12-payments.ts';
import { assertUnpaid } from '../../store/paid-invoices.ts';
import type { Bolt12FailureReason } from '../../store/offer-rows.ts';
import { msatsToSatsUp, type Sats } from '../../units.ts';
import type { Asker } from '../../wallet/actions/asker.ts';
import type { Deps } from '../../wallet/ports.ts';
import type { Wallet } from '../../wallet/wallet.ts';
import { contribution, readInvoice } from './check.ts';
import { asDuplicate, partialUnsupported, sendingFailed, unverified } from './refusals.ts';

/** How long to go on trying: so many seconds, at the server; or one attempt. */
export type Retry = { timeoutSecs: number } | 'once';

export interface Bolt12PaymentParams {
  /** Millisatoshi that this wallet contributes; others pay the rest. Left out: the whole invoice. */
  amountMsats?: bigint;
  /** Left out: as long as the server likes. */
  retry?: Retry;
  /** What bounds the route: satoshi beyond the server's fee for a route that costs more. */
  route?: { surplus?: Sats };
  /** The request that the invoice must answer; or the word of the caller that a person saw that nothing was requested. */
  verify: { request: InvoiceRequest } | 'unrequested';
  /** Who asked, and what they agreed to. */
  asker?: Asker;
}

export interface StartedPayment {
  actionId: string;
  /** Hex. */
  paymentHash: string;
}

const idOf = (paymentId: Uint8Array): string => {
  if (paymentId.length === 32) return toHex(paymentId);
  throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'A payment id has 32 bytes.' });
};

const expired = () =>
  new SkiffError({ code: 'INVOICE_EXPIRED', say: 'This invoice has expired. Ask for a new one.' });

function assertAnswers(invoice: Bolt12Invoice, verify: Bolt12PaymentParams['verify']): void {
  if (verify === 'unrequested') return;
  const { request } = verify;
  if (!answersRequest(invoice, request) || !equalBytes(invoice.offerId ?? new Uint8Array(), request.offerId))
    throw unverified();
}

/** Below this an Ark coin carries nothing: as a channel's least HTLC, a reason why there is no route. */
const LEAST_PART = 1000n;

/**
 * Starts the payment; resolves once that is durable. The caller draws a fresh `paymentId` (32 bytes) for each payment and is
 * responsible for having verified the invoice. What becomes of it is read by the id: exactly one of sent and failed. After a
 * failure the same invoice may be paid again under a fresh id; only a call that ends with SendingFailed frees its id at once.
 * @throws SkiffError with LDK's name in `details.ldk`: InvalidAmount (zero, or exceeding the invoice, or a part of an invoice
 *   that takes none), UnknownRequiredFeatures, DuplicateInvoice, SendingFailed(…); PartialUnsupported, UnexpectedInvoice,
 *   StaticInvoiceUnsupported; WRONG_NETWORK, OWN_INVOICE and what the start of a payment throws. Nothing is locked then.
 */
export async function payForBolt12Invoice(
  deps: Deps,
  wallet: Pick<Wallet, 'payBill'>,
  text: string,
  paymentId: Uint8Array,
  params: Bolt12PaymentParams,
): Promise<StartedPayment> {
  const { ports, config } = deps;
  const id = idOf(paymentId);
  const invoice = readInvoice(ports.curve, text);
  const send = contribution(invoice, params.amountMsats);
  const hash = toHex(invoice.paymentHash);
  const init = { id, hash, invoice: invoice.text, amount: send };
  const failed = async (reason: Bolt12FailureReason, cause: SkiffError): Promise<SkiffError> => {
    await ports.db.write(['bolt12Payments'], (tx) => recordUnsent(tx, init, reason, ports.now()));
    return sendingFailed(reason, cause);
  };

  await ports.db.read(['bolt12Payments'], (tx) => assertIdFree(tx, id));
  if (invoice.network !== config.network) throw wrongNetwork(invoice, config.network);
  if (isBolt12Expired(invoice, Math.floor(ports.now() / 1000)))
    throw await failed('PaymentExpired', expired());
  await ports.db
    .read(['paidInvoices'], (tx) => assertUnpaid(tx, hash))
    .catch((e: unknown) => {
      throw asDuplicate(e);
    });
  const isPart = send < invoice.amount;
  if (isPart) {
    const { extensions } = await (await ports.server()).info();
    if (!extensions.includes('partial-payments')) throw partialUnsupported();
  }
  assertAnswers(invoice, params.verify);
  if (isPart && send < LEAST_PART) throw await failed('RouteNotFound', tooSmall());

  try {
    const { actionId } = await wallet.payBill({
      ...params.asker,
      ...(params.route?.surplus !== undefined && { surplus: params.route.surplus }),
      ...retryOf(params.retry),
      invoice: billOf(invoice),
      amount: msatsToSatsUp(send),
      method: { type: 'invoice', value: invoice.text },
      ...(isPart && { part: { msats: send, paymentId: id } }),
      along: (tx, actionId) => trackPayment(tx, init, actionId, ports.now()),
    });
    return { actionId, paymentHash: hash };
  } catch (error) {
    if (isSkiffError(error, 'INSUFFICIENT_FUNDS')) throw await failed('RouteNotFound', error);
    throw asDuplicate(error);
  }
}

const billOf = ({ text, paymentHash, createdAt, expirySeconds }: Bolt12Invoice) => ({
  text,
  paymentHash,
  timestamp: Number(createdAt),
  expirySeconds,
});

const retryOf = (retry: Retry | undefined): { retryFor?: number } =>
  retry === undefined ? {} : { retryFor: retry === 'once' ? 0 : retry.timeoutSecs };

const tooSmall = () =>
  new SkiffError({ code: 'DUST', say: 'A part of an invoice must be at least 1 sat. Nothing was paid.' });

const wrongNetwork = (invoice: Bolt12Invoice, ours: string) =>
  new SkiffError({
    code: 'WRONG_NETWORK',
    say: `This invoice is for ${invoice.network ?? 'another network'}; this wallet is on ${ours}.`,
    details: { ldk: 'InvalidSemantics(UnsupportedChain)', ours },
  });
