// BIP 321 payment URIs: `bitcoin:[address][?key=value&…]`. This file knows the URI's grammar and rules; what the
// payment instructions say (BOLT 11, offers, Ark addresses) is judged by src/lightning/payment-request.ts.
// Instruction values stay text, in the order of the URI, each with its `req-` mark.
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import { formatBtc, parseBtc } from './btc-amount.ts';

/** Keys that carry a way to pay. `ark` is not in the BIP; it is what Ark wallets write. */
const INSTRUCTION_KEYS = ['bc', 'tb', 'lightning', 'lno', 'ark', 'sp', 'pay'] as const;
export type InstructionKey = (typeof INSTRUCTION_KEYS)[number];

export interface UriInstruction {
  key: InstructionKey;
  value: string;
  required: boolean;
}

export interface ProofOfPayment {
  /** Where to hand the proof after payment: this prefix, then key, `=`, and the proof. */
  uriPrefix: string;
  required: boolean;
  /** False for schemes a browser acts on (https, javascript, …): never opened. */
  safe: boolean;
}

export interface Bip321 {
  /** The address before the `?`, as written; not yet checked. */
  address?: string;
  amount?: Sats;
  label?: string;
  message?: string;
  pop?: ProofOfPayment;
  instructions: readonly UriInstruction[];
  /** Unknown, not required parameters. */
  unknown: ReadonlyArray<{ key: string; value: string }>;
}

const MAX_LENGTH = 20_000;
const UNSAFE_POP =
  /^(javascript|https?|file|mailto|ftp|wss?|ssh|tel|data|blob|about|chrome|chrome-extension|moz-extension|view-source|vbscript):/i;

const refuse = (say: string, reason: string): SkiffError =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say, details: { reason } });

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('The payment link is damaged.', 'percent encoding');
  }
}

/** Is this text meant to be a BIP 321 URI (scheme in any case)? */
export const isBip321 = (text: string): boolean => /^bitcoin:/i.test(text);

/**
 * Parses a `bitcoin:` URI. Scheme and keys are case-insensitive; `amount`, `label`, `message` and `pop` occur at most
 * once; instructions may repeat; an unknown `req-` parameter refuses the whole URI.
 * @throws SkiffError INVALID_ARGUMENT (malformed) or UNSUPPORTED (a required parameter we do not know).
 */
export function parseBip321(text: string): Bip321 {
  const uri = text.trim();
  if (!isBip321(uri)) throw refuse('This is not a bitcoin: link.', 'scheme');
  if (uri.length > MAX_LENGTH) throw refuse('The payment link is too long.', 'length');
  const body = uri.slice('bitcoin:'.length);
  const question = body.indexOf('?');
  const address = question < 0 ? body : body.slice(0, question);
  const query = question < 0 ? '' : body.slice(question + 1);

  const instructions: UriInstruction[] = [];
  const unknown: Array<{ key: string; value: string }> = [];
  const once = new Map<string, { value: string; required: boolean }>();
  for (const parameter of query.split('&')) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    if (equals < 0)
      throw refuse('The payment link is damaged.', `parameter without value: ${parameter.slice(0, 40)}`);
    const rawKey = parameter.slice(0, equals).toLowerCase();
    const rawValue = parameter.slice(equals + 1);
    const required = rawKey.startsWith('req-');
    const key = required ? rawKey.slice(4) : rawKey;
    if (key === 'amount' || key === 'label' || key === 'message' || key === 'pop') {
      if (once.has(key)) throw refuse('The payment link contradicts itself.', `${key} occurs twice`);
      once.set(key, { value: rawValue, required });
    } else if ((INSTRUCTION_KEYS as readonly string[]).includes(key)) {
      instructions.push({ key: key as InstructionKey, value: percentDecode(rawValue), required });
    } else if (required) {
      throw new SkiffError({
        code: 'UNSUPPORTED',
        say: `The payment link requires something this wallet does not know (${key.slice(0, 40)}).`,
        details: { parameter: key.slice(0, 40) },
      });
    } else {
      unknown.push({ key, value: percentDecode(rawValue) });
    }
  }
  if (address === '' && instructions.length === 0) {
    throw refuse('The payment link names nobody to pay.', 'no destination');
  }
  return {
    address: address === '' ? undefined : percentDecode(address),
    amount: parseAmount(once.get('amount')?.value),
    label: decodeOptional(once.get('label')?.value),
    message: decodeOptional(once.get('message')?.value),
    pop: parsePop(once.get('pop')),
    instructions,
    unknown,
  };
}

const decodeOptional = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : percentDecode(value);

function parseAmount(value: string | undefined): Sats | undefined {
  if (value === undefined) return undefined;
  const amount = parseBtc(value);
  if (amount === 0n) throw refuse('The payment link asks for zero bitcoin.', 'amount is zero');
  return amount;
}

function parsePop(found: { value: string; required: boolean } | undefined): ProofOfPayment | undefined {
  if (found === undefined) return undefined;
  const uriPrefix = percentDecode(found.value);
  const safe = /^[a-z][a-z0-9+.-]*:/i.test(uriPrefix) && !UNSAFE_POP.test(uriPrefix);
  if (!safe && found.required) {
    throw new SkiffError({
      code: 'UNSUPPORTED',
      say: 'The payment link insists on sending a proof of payment to a place this wallet will not open.',
    });
  }
  return { uriPrefix, required: found.required, safe };
}

export interface Bip321Parts {
  /** On mainnet stands before the `?`; elsewhere becomes `tb=` (the BIP keeps the body for mainnet). */
  address?: string;
  mainnet: boolean;
  amount?: Sats;
  label?: string;
  message?: string;
  lightning?: string;
  ark?: string;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Writes the URI a payer scans. @throws SkiffError INVALID_ARGUMENT for amount 0 or when there is nobody to pay. */
export function buildBip321(parts: Bip321Parts): string {
  if (parts.amount === 0n) throw refuse('An amount of zero cannot be asked for.', 'amount is zero');
  if (parts.address === undefined && parts.lightning === undefined && parts.ark === undefined) {
    throw refuse('There is nothing to pay to.', 'no destination');
  }
  const query: Array<[string, string | undefined]> = [
    ['amount', parts.amount === undefined ? undefined : formatBtc(parts.amount)],
    ['label', parts.label],
    ['message', parts.message],
    ['lightning', parts.lightning],
    ['tb', parts.mainnet ? undefined : parts.address],
    ['ark', parts.ark],
  ];
  const written = query.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encode(value)}`]));
  const body = parts.mainnet ? (parts.address ?? '') : '';
  return `bitcoin:${body}${written.length > 0 ? `?${written.join('&')}` : ''}`;
}
