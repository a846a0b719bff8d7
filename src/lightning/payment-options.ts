// One way to pay that somebody typed, pasted or linked, and what stands in its way for this wallet, now.
// An option with problems is still shown: a person should learn what they hold and why it cannot be paid.
import type { ArkAddress } from '../ark/address.ts';
import type { BitcoinAddress } from '../bitcoin/address.ts';
import type { Network } from '../bitcoin/network.ts';
import { SkiffError } from '../errors.ts';
import type { ErrorInit } from '../errors.ts';
import { msatsToSatsUp } from '../units.ts';
import type { Msats, Sats } from '../units.ts';
import type { Bolt11 } from './bolt11.ts';
import { invoiceProblem } from './bolt11-check.ts';
import { bolt12InvoiceProblem } from './bolt12/invoice-check.ts';
import type { Bolt12Invoice } from './bolt12/invoice.ts';
import type { Offer } from './bolt12/offer.ts';
import { requiresUnknownFeature } from './features.ts';
import type { LightningAddress } from './lightning-address.ts';
import type { Lnurl } from './lnurl.ts';

export type PaymentMethod =
  | { kind: 'invoice'; text: string; invoice: Bolt11 }
  | { kind: 'ark'; text: string; address: ArkAddress }
  | { kind: 'arkade'; text: string }
  | { kind: 'offer'; text: string; offer: Offer }
  | { kind: 'bolt12-invoice'; text: string; invoice: Bolt12Invoice }
  | { kind: 'lightning-address'; text: string; address: LightningAddress }
  | { kind: 'lnurl'; text: string; lnurl: Lnurl }
  | { kind: 'bitcoin'; text: string; address: BitcoinAddress }
  | { kind: 'output-script'; text: string; script: Uint8Array }
  | { kind: 'silent-payment' | 'private-payment'; text: string };

export interface PaymentOption {
  method: PaymentMethod;
  /** Empty: payable as it stands (an amount may still have to be entered). */
  problems: SkiffError[];
}

export interface PayerContext {
  network: Network;
  /** Unix seconds. */
  now: number;
  /** 33-byte key of the wallet's Ark server; without it an Ark address's server is not judged. */
  serverPubkey?: Uint8Array;
}

const notYet = (what: string, instead: string): SkiffError =>
  new SkiffError({ code: 'UNSUPPORTED', say: `This is ${what}. Skiff cannot pay those yet; ${instead}.` });

const wrongNetwork = (what: string, theirs: string, ours: Network): SkiffError =>
  new SkiffError({
    code: 'WRONG_NETWORK',
    say: `This ${what} is for ${theirs}; this wallet is on ${ours}.`,
    details: { theirs, ours },
  });

/** The link's amount and the instruction's own must be the same, in whole satoshi. */
function amountProblem(asked: Msats | undefined, linked: Sats | undefined): SkiffError[] {
  if (asked === undefined || linked === undefined || msatsToSatsUp(asked) === linked) return [];
  return [
    new SkiffError({
      code: 'AMOUNT_OUT_OF_RANGE',
      say: `The link says ${linked} sats, the invoice in it ${msatsToSatsUp(asked)} sats. Ask for a link that agrees with itself.`,
      details: { expectedSat: msatsToSatsUp(asked), linkSat: linked },
    }),
  ];
}

export function invoiceOption(invoice: Bolt11, context: PayerContext, linked?: Sats): PaymentOption {
  const problem = invoiceProblem(invoice, context.network, context.now);
  return {
    method: { kind: 'invoice', text: invoice.text, invoice },
    problems: [...(problem ? [problem] : []), ...amountProblem(invoice.amount, linked)],
  };
}

/** Why a wallet must not ask for an invoice of this offer. */
function offerProblems(offer: Offer, { network, now }: PayerContext): SkiffError[] {
  const problems: SkiffError[] = [];
  if (!offer.networks.includes(network)) {
    problems.push(wrongNetwork('offer', offer.networks.join(', ') || 'an unknown network', network));
  }
  if (offer.expiresAt !== undefined && offer.expiresAt < BigInt(now)) {
    problems.push(
      new SkiffError({ code: 'INVOICE_EXPIRED', say: 'This offer has expired. Ask for a new one.' }),
    );
  }
  if (requiresUnknownFeature(offer.features, []))
    problems.push(notYet('an offer of a new kind', 'ask for an invoice'));
  return problems;
}

export const offerOption = (offer: Offer, context: PayerContext, linked?: Sats): PaymentOption => ({
  method: { kind: 'offer', text: offer.text, offer },
  problems: [...offerProblems(offer, context), ...amountProblem(offer.amount, linked)],
});

export function bolt12InvoiceOption(invoice: Bolt12Invoice, { network, now }: PayerContext): PaymentOption {
  const problem = bolt12InvoiceProblem(invoice, network, now);
  return {
    method: { kind: 'bolt12-invoice', text: invoice.text, invoice },
    problems: problem ? [problem] : [],
  };
}

/** What the host says to it is learned only by asking, which happens when the person pays. */
export const lightningAddressOption = (address: LightningAddress): PaymentOption => ({
  method: { kind: 'lightning-address', text: address.text, address },
  problems: [],
});

const NOT_A_PAYMENT: Readonly<Partial<Record<Lnurl['purpose'], ErrorInit['say']>>> = {
  withdraw: 'This LNURL link would pay you, it does not ask for a payment. Skiff cannot use those yet.',
  channel: 'This LNURL link opens a Lightning channel. Skiff needs no channels.',
  auth: 'This LNURL link signs you in somewhere; it does not ask for a payment.',
};

export function lnurlOption(text: string, lnurl: Lnurl): PaymentOption {
  const say = NOT_A_PAYMENT[lnurl.purpose];
  return {
    method: { kind: 'lnurl', text, lnurl },
    problems:
      say === undefined ? [] : [new SkiffError({ code: 'UNSUPPORTED', say, details: { host: lnurl.host } })],
  };
}

export function bitcoinOption(address: BitcoinAddress, context: PayerContext): PaymentOption {
  const elsewhere = address.networks.includes(context.network)
    ? []
    : [wrongNetwork('Bitcoin address', address.networks.join(', '), context.network)];
  return {
    method: { kind: 'bitcoin', text: address.text, address },
    problems: elsewhere,
  };
}

export function arkadeOption(text: string): PaymentOption {
  return {
    method: { kind: 'arkade', text },
    problems: [
      new SkiffError({
        code: 'WRONG_SERVER',
        say: 'This address belongs to Arkade, another Ark network. Ask for a Lightning invoice instead.',
      }),
    ],
  };
}

export function outputScriptOption(text: string, script: Uint8Array): PaymentOption {
  return {
    method: { kind: 'output-script', text, script },
    problems: [notYet('a raw output script', 'ask for an address or an invoice')],
  };
}

export function foreignOption(kind: 'silent-payment' | 'private-payment', text: string): PaymentOption {
  const what = kind === 'silent-payment' ? 'a silent payment address' : 'a private payment address';
  return {
    method: { kind, text },
    problems: [notYet(what, 'ask for a Lightning invoice or an Ark address')],
  };
}
