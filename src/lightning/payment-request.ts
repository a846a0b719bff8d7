// The one classifier for anything typed, pasted, scanned or linked: what is it, and can this wallet pay it now?
// The order of attempts is that of bark 0.8.0. Unlike bark it trims white space and, where the text plainly means to
// be something, says what is wrong with it rather than "no valid option".
import { arkOption, isArkAddress } from './payment-ark.ts';
import { parseAddress } from '../bitcoin/address.ts';
import { isBip321, parseBip321 } from '../bitcoin/bip321.ts';
import type { Bip321, UriInstruction } from '../bitcoin/bip321.ts';
import type { Curve } from '../crypto/curve.ts';
import { fromHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { msatsToSatsUp } from '../units.ts';
import type { Sats } from '../units.ts';
import { decodeBolt11 } from './bolt11.ts';
import { decodeBolt12InvoiceText } from './bolt12/invoice.ts';
import { decodeOffer } from './bolt12/offer.ts';
import { parseLightningAddress } from './lightning-address.ts';
import { decodeLnurl, isLnurl } from './lnurl.ts';
import {
  bitcoinOption,
  bolt12InvoiceOption,
  foreignOption,
  invoiceOption,
  lightningAddressOption,
  lnurlOption,
  offerOption,
  outputScriptOption,
} from './payment-options.ts';
import type { PayerContext, PaymentMethod, PaymentOption } from './payment-options.ts';

export type { PayerContext, PaymentMethod, PaymentOption } from './payment-options.ts';

export interface Instruction {
  /** What was given, trimmed. */
  text: string;
  /** Amount the request fixes or suggests, in whole satoshi (msat rounded UP). Absent: the payer chooses. */
  amount?: Sats;
  label?: string;
  /** Description of an invoice or offer, message of a link. Unchecked text of a stranger. */
  message?: string;
  /** Every way to pay in it; never empty. */
  options: PaymentOption[];
  /** The way Skiff takes: first without problems of Ark, Lightning, on-chain. */
  choice?: PaymentOption;
}

const MAX_LENGTH = 20_000;

const isBolt11Like = (text: string): boolean =>
  /^ln(bc|tb|tbs|bcrt|sb)[0-9]*[munp]?1/i.test(text.slice(0, 40));

const nothingFound = (): SkiffError =>
  new SkiffError({
    code: 'INVALID_ARGUMENT',
    say: 'This is nothing that can be paid: no invoice, address or payment link was found in it.',
  });

/** Things the Lightning network pays, without scheme. Undefined when the text is none of them. */
function classifyLightning(
  curve: Curve,
  text: string,
  context: PayerContext,
): Omit<Instruction, 'text'> | undefined {
  if (isBolt11Like(text)) {
    const invoice = decodeBolt11(curve, text.replace(/\s+/g, ''));
    const amount =
      invoice.amount === undefined || invoice.amount === 0n ? undefined : msatsToSatsUp(invoice.amount);
    return { amount, message: invoice.description, options: [invoiceOption(invoice, context)] };
  }
  if (/^lno1/i.test(text)) {
    const offer = decodeOffer(curve, text);
    const amount = offer.amount === undefined ? undefined : msatsToSatsUp(offer.amount);
    return { amount, message: offer.description, options: [offerOption(offer, context)] };
  }
  if (/^lni1/i.test(text)) {
    const invoice = decodeBolt12InvoiceText(curve, text);
    return {
      amount: msatsToSatsUp(invoice.amount),
      message: invoice.offer.description,
      options: [bolt12InvoiceOption(invoice, context)],
    };
  }
  const address = parseLightningAddress(text);
  if (address) return { options: [lightningAddressOption(address)] };
  if (isLnurl(text)) return { options: [lnurlOption(text, decodeLnurl(text))] };
  return undefined;
}

function uriOption(
  curve: Curve,
  { key, value, required }: UriInstruction,
  uri: Bip321,
  context: PayerContext,
): PaymentOption {
  switch (key) {
    case 'bc':
    case 'tb': {
      const address = parseAddress(value);
      if (address.networks.includes('mainnet') !== (key === 'bc')) {
        throw new SkiffError({
          code: 'WRONG_NETWORK',
          say: 'The payment link mixes networks. Ask for a new one.',
          details: { parameter: key },
        });
      }
      return bitcoinOption(address, context);
    }
    case 'lightning':
      return invoiceOption(decodeBolt11(curve, value), context, uri.amount);
    case 'lno':
      return offerOption(decodeOffer(curve, value), context, uri.amount);
    case 'ark':
      return arkOption(curve, value, context);
    case 'sp':
    case 'pay':
      if (required) {
        throw new SkiffError({
          code: 'UNSUPPORTED',
          say: 'The payment link insists on a kind of payment this wallet does not know.',
          details: { parameter: key },
        });
      }
      return foreignOption(key === 'sp' ? 'silent-payment' : 'private-payment', value);
  }
}

const URI_ORDER: ReadonlyArray<UriInstruction['key']> = ['bc', 'tb', 'lightning', 'lno', 'sp', 'pay', 'ark'];

function classifyUri(curve: Curve, text: string, context: PayerContext): Omit<Instruction, 'text'> {
  const uri = parseBip321(text);
  const inOrder = URI_ORDER.flatMap((key) => uri.instructions.filter((i) => i.key === key));
  const options = inOrder.map((instruction) => uriOption(curve, instruction, uri, context));
  if (uri.address !== undefined) options.push(bitcoinOption(parseAddress(uri.address), context));
  const invoice = options.find((o) => o.method.kind === 'invoice')?.method;
  const inside = invoice?.kind === 'invoice' ? invoice.invoice : undefined;
  return {
    amount: uri.amount ?? (inside?.amount ? msatsToSatsUp(inside.amount) : undefined),
    label: uri.label,
    message: uri.message ?? inside?.description,
    options,
  };
}

function classifyBare(curve: Curve, text: string, context: PayerContext): Omit<Instruction, 'text'> {
  const lightning = classifyLightning(curve, text, context);
  if (lightning) return lightning;
  if (isArkAddress(text)) return { options: [arkOption(curve, text, context)] };
  if (/^(bc1|tb1|bcrt1)/i.test(text) || /^[123mn][1-9A-HJ-NP-Za-km-z]{25,39}$/.test(text)) {
    return { options: [bitcoinOption(parseAddress(text), context)] };
  }
  if (text.length >= 4 && text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text)) {
    return { options: [outputScriptOption(text, fromHex(text))] };
  }
  throw nothingFound();
}

const LIGHTNING = ['invoice', 'bolt12-invoice', 'offer', 'lightning-address', 'lnurl'] as const;

/** The ways that end in a Lightning invoice. */
export type LightningMethod = Extract<PaymentMethod, { kind: (typeof LIGHTNING)[number] }>;

export const isLightning = (method: PaymentMethod): method is LightningMethod =>
  LIGHTNING.some((kind) => kind === method.kind);

function choose(options: readonly PaymentOption[]): PaymentOption | undefined {
  const payable = options.filter((o) => o.problems.length === 0);
  return (
    payable.find((o) => o.method.kind === 'ark') ??
    payable.find((o) => isLightning(o.method)) ??
    payable.find((o) => o.method.kind === 'bitcoin')
  );
}

/** The instruction paid another way: one of its own `options`. */
export const takeOption = (instruction: Instruction, option: PaymentOption): Instruction => ({
  ...instruction,
  choice: option.problems.length === 0 ? option : undefined,
  options: [option, ...instruction.options.filter((o) => o !== option)],
});

/**
 * Names what a text is and every way to pay it, with what stands in the way of each.
 * @throws SkiffError when the text is nothing payable (INVALID_ARGUMENT), or means to be something and is damaged
 * (INVALID_INVOICE, INVALID_CHECKSUM, INVALID_SIGNATURE, INVALID_ADDRESS, WRONG_NETWORK or UNSUPPORTED for a whole URI).
 */
export function classify(curve: Curve, given: string, context: PayerContext): Instruction {
  const text = given.replace(/[\u200b-\u200f\u2060\ufeff]/g, '').trim();
  if (text === '' || text.length > MAX_LENGTH) throw nothingFound();
  const scheme = /^lightning:(\/\/)?/i.exec(text)?.[0];
  let found: Omit<Instruction, 'text'> | undefined;
  if (scheme !== undefined) {
    found = classifyLightning(curve, text.slice(scheme.length).trim(), context);
    if (found === undefined) {
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'The lightning: link holds nothing that Lightning can pay.',
      });
    }
  } else if (isBip321(text)) found = classifyUri(curve, text, context);
  else found = classifyBare(curve, text, context);
  return { text, ...found, choice: choose(found.options) };
}

/** The one sentence why nothing in it can be paid; undefined when `choice` is there. */
export function whyNot({ choice, options }: Instruction): SkiffError | undefined {
  return choice ? undefined : options.flatMap((o) => o.problems)[0];
}
