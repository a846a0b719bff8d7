// Destinations of the Lightning network to invoices. Reading what somebody pasted asks nobody (payment-request.ts);
// this does, and is called only to pay.

import { SkiffError } from '../../errors.ts';
import type { Instruction, LightningMethod } from '../../lightning/payment-request.ts';
import type { Sats } from '../../units.ts';
import type { Deps } from '../ports.ts';
import type { Bill } from './bill.ts';
import { addressUrl, billOfLnurl, lnurlUrl, termsOfLnurl, type ServiceTerms } from './lnurl-pay.ts';
import { billOfBolt12, billOfOffer } from './offer.ts';

/** A checked invoice for `amount`. Nothing is stored. @throws SkiffError the sentence why there is none */
export async function resolve(
  deps: Deps,
  method: LightningMethod,
  amount: Sats,
  comment?: string,
): Promise<Bill> {
  switch (method.kind) {
    case 'invoice':
      return method.invoice;
    case 'bolt12-invoice':
      return billOfBolt12(deps, method.invoice);
    case 'offer':
      return billOfOffer(deps, method.offer, amount);
    case 'lightning-address':
      return billOfLnurl(deps, addressUrl(deps, method.address), amount, comment);
    case 'lnurl':
      return billOfLnurl(deps, lnurlUrl(deps, method.lnurl), amount, comment);
  }
}

/** What the service behind a Lightning address or LNURL takes. @throws SkiffError as it answers; UNSUPPORTED for anything else */
export async function termsOf(deps: Deps, { choice }: Instruction): Promise<ServiceTerms> {
  switch (choice?.method.kind) {
    case 'lightning-address':
      return termsOfLnurl(deps, addressUrl(deps, choice.method.address));
    case 'lnurl':
      return termsOfLnurl(deps, lnurlUrl(deps, choice.method.lnurl));
    default:
      throw new SkiffError({ code: 'UNSUPPORTED', say: 'There is nobody to be asked about this payment.' });
  }
}
