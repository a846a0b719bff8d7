// LNURL-pay messages (LUD-06, with comments of LUD-12, success actions of LUD-09/10 and addresses of LUD-16): what a
// service says of itself, the question for an invoice, and the answer. Everything is checked here; nothing is fetched.
import * as v from 'valibot';
import { equalBytes } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { msats, satsToMsats } from '../units.ts';
import type { Msats, Sats } from '../units.ts';
import type { Bolt11 } from './bolt11.ts';

/** What a service accepts. */
export interface PayTerms {
  /** Where to ask for an invoice. */
  callback: URL;
  min: Msats;
  max: Msats;
  /** As sent: its hash is in the invoices. */
  metadata: string;
  /** The `text/plain` entry of the metadata: who or what is paid. Text of a stranger. */
  description?: string;
  /** Most characters of a comment; 0: none is taken. */
  commentAllowed: number;
}

/** LUD-09 and LUD-10: what the service shows to those who have paid. */
export type SuccessAction =
  | { tag: 'message'; message: string }
  | { tag: 'url'; description: string; url: string }
  /** `ciphertext` and `iv` in base64; the key is the preimage. */
  | { tag: 'aes'; description: string; ciphertext: string; iv: string };

export interface PayAnswer {
  /** The BOLT 11 invoice, not looked at yet. */
  invoice: string;
  successAction?: SuccessAction;
}

const amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

const refusal = v.object({ status: v.pipe(v.string(), v.regex(/^error$/i)), reason: v.optional(v.string()) });

const terms = v.object({
  tag: v.string(),
  callback: v.pipe(v.string(), v.maxLength(2000)),
  minSendable: amount,
  maxSendable: amount,
  metadata: v.pipe(v.string(), v.maxLength(200_000)),
  commentAllowed: v.optional(v.nullable(amount)),
});

const short = v.pipe(v.string(), v.maxLength(144));
const successAction = v.variant('tag', [
  v.object({ tag: v.literal('message'), message: short }),
  v.object({ tag: v.literal('url'), description: short, url: v.pipe(v.string(), v.maxLength(2000)) }),
  v.object({
    tag: v.literal('aes'),
    description: short,
    ciphertext: v.pipe(v.string(), v.maxLength(4096), v.base64()),
    iv: v.pipe(v.string(), v.length(24), v.base64()),
  }),
]);

const answer = v.object({
  pr: v.pipe(v.string(), v.maxLength(8000)),
  successAction: v.optional(v.unknown()),
});

const misbehaved = (host: string, reason: string): SkiffError =>
  new SkiffError({
    code: 'RECIPIENT_MISBEHAVED',
    say: `${host} does not answer as a service that takes Lightning payments should. Nothing was paid.`,
    details: { reason, host },
  });

/** A stranger's words, fit to stand in a sentence. */
const quoted = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);

function throwRefusal(host: string, json: unknown): void {
  const no = v.safeParse(refusal, json);
  if (!no.success) return;
  const reason = quoted(no.output.reason ?? '');
  throw new SkiffError({
    code: 'RECIPIENT_REFUSED',
    say: `${host} refused the payment${reason === '' ? '' : `: “${reason}”`}. Nothing was paid.`,
    details: { host, reason },
  });
}

const PURPOSES: Readonly<Record<string, string>> = {
  withdrawRequest: 'would pay you',
  channelRequest: 'opens a Lightning channel',
  login: 'signs you in',
};

function plainText(metadata: string): string | undefined {
  const entries = v.array(v.array(v.unknown()));
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), entries), metadata);
  if (!parsed.success) throw new TypeError('metadata');
  const text = parsed.output.find(([type]) => type === 'text/plain')?.[1];
  return typeof text === 'string' ? quoted(text) : undefined;
}

/**
 * Reads a service's first answer. @param url where it came from
 * @throws SkiffError RECIPIENT_REFUSED, RECIPIENT_MISBEHAVED, UNSUPPORTED for a link that asks for no payment
 */
export function readPayTerms(url: URL, json: unknown): PayTerms {
  const { host } = url;
  throwRefusal(host, json);
  const tag = (json as { tag?: unknown } | null)?.tag;
  const purpose = typeof tag === 'string' ? PURPOSES[tag] : undefined;
  if (purpose !== undefined) {
    throw new SkiffError({
      code: 'UNSUPPORTED',
      say: `This link of ${host} ${purpose}; it does not ask for a payment.`,
      details: { host },
    });
  }
  const read = v.safeParse(terms, json);
  if (!read.success || read.output.tag !== 'payRequest') throw misbehaved(host, 'not a payRequest');
  const { minSendable, maxSendable, metadata, callback } = read.output;
  if (!URL.canParse(callback)) throw misbehaved(host, 'callback');
  if (maxSendable < minSendable || maxSendable === 0) throw misbehaved(host, 'limits');
  let description: string | undefined;
  try {
    description = plainText(metadata);
  } catch {
    throw misbehaved(host, 'metadata');
  }
  return {
    callback: new URL(callback),
    min: msats(minSendable),
    max: msats(maxSendable),
    metadata,
    description,
    commentAllowed: read.output.commentAllowed ?? 0,
  };
}

/**
 * The question for an invoice over exactly `amount`.
 * @throws SkiffError AMOUNT_OUT_OF_RANGE, INVALID_ARGUMENT for a comment that is not taken or too long
 */
export function payCallback(terms: PayTerms, amount: Sats, comment?: string): URL {
  const { host } = terms.callback;
  const asked = satsToMsats(amount);
  if (asked < terms.min || asked > terms.max) {
    const [low, high] = [(terms.min + 999n) / 1000n, terms.max / 1000n];
    throw new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: `${host} takes between ${low} and ${high} sats at once. Nothing was paid.`,
      details: { minSat: low, maxSat: high, amount },
    });
  }
  const url = new URL(terms.callback);
  url.searchParams.set('amount', String(asked));
  if (comment === undefined || comment === '') return url;
  const length = Array.from(comment).length;
  if (length > terms.commentAllowed) {
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say:
        terms.commentAllowed === 0
          ? `${host} takes no comment. Remove it and pay again.`
          : `${host} takes comments of at most ${terms.commentAllowed} characters; yours has ${length}.`,
      details: { commentAllowed: terms.commentAllowed, length },
    });
  }
  url.searchParams.set('comment', comment);
  return url;
}

/** A success action is shown only when it keeps to the rules; a page to visit must be of the callback's host (LUD-09). */
function readSuccessAction(callback: URL, given: unknown): SuccessAction | undefined {
  const read = v.safeParse(successAction, given);
  if (!read.success) return undefined;
  const action = read.output;
  if (action.tag !== 'url') return action;
  const sameHost = URL.canParse(action.url) && new URL(action.url).host === callback.host;
  return sameHost && /^https?:/i.test(action.url) ? action : undefined;
}

/** Reads the answer to {@link payCallback}. @throws SkiffError RECIPIENT_REFUSED, RECIPIENT_MISBEHAVED */
export function readPayAnswer(callback: URL, json: unknown): PayAnswer {
  throwRefusal(callback.host, json);
  const read = v.safeParse(answer, json);
  if (!read.success) throw misbehaved(callback.host, 'no invoice');
  const successAction = readSuccessAction(callback, read.output.successAction);
  return { invoice: read.output.pr, ...(successAction && { successAction }) };
}

/** @throws SkiffError RECIPIENT_MISBEHAVED unless the invoice is over exactly the amount that was asked for */
export function checkPayInvoice(callback: URL, invoice: Bolt11, amount: Sats): void {
  if (invoice.amount === satsToMsats(amount)) return;
  const got = invoice.amount === undefined ? 'no amount' : `${invoice.amount} msat`;
  throw new SkiffError({
    code: 'RECIPIENT_MISBEHAVED',
    say: `${callback.host} sent an invoice over another amount than the ${amount} sats asked for. Nothing was paid.`,
    details: { host: callback.host, invoice: got, askedSat: amount },
  });
}

/** Does the invoice commit to the metadata? Many services do not; LUD-06 no longer insists, so it is only a warning. */
export const commitsToMetadata = (invoice: Bolt11, { metadata }: PayTerms): boolean =>
  invoice.descriptionHash !== undefined &&
  equalBytes(invoice.descriptionHash, sha256(new TextEncoder().encode(metadata)));
