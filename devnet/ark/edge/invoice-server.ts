// The static-invoice server (as LDK's): hands out paths for offers, keeps one invoice for each slot of a wallet, gives it to
// payers and passes their requests on, in case the wallet is awake.
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { decodeStaticInvoice } from '../../../src/lightning/bolt12/static-invoice.ts';
import type { OnionContent } from '../../../src/lightning/onion/contents.ts';
import { pathTo, type InvoiceNode, type Letter } from './paths.ts';
import type { ServerContext } from './state.ts';

const YEAR = 365 * 86_400;
const MAX_INVOICE = 5 * 1024;
const SLOTS = 10;

const key = (recipient: string, slot: number): string => `${recipient} ${slot}`;

/** What the server says to one message over a path of its own. Nothing to what is not in order. */
export function serveRecipient(
  node: InvoiceNode,
  context: ServerContext,
  content: OnionContent,
  replyPath: BlindedPath | undefined,
): Letter[] {
  if (!replyPath) return [];
  const { recipient } = context;
  if (context.is === 'setup') {
    if (content.kind !== 'offer_paths_request' || content.slot >= SLOTS) return [];
    const { slot } = content;
    const paths = [pathTo(node, { is: 'offer', recipient, slot })];
    const expiresAt = BigInt(Math.floor(node.now() / 1000) + YEAR);
    const back = pathTo(node, { is: 'serve', recipient, slot });
    return [{ to: replyPath, content: { kind: 'offer_paths', paths, expiresAt }, replyPath: back }];
  }
  const place = key(recipient, context.slot);
  if (context.is === 'serve') {
    if (content.kind !== 'serve_static_invoice' || content.invoice.length > MAX_INVOICE) return [];
    decodeStaticInvoice(node.curve, content.invoice);
    const { invoice, forwardPath } = content;
    node.shelf.invoices.set(place, { invoice, forwardPath });
    return [{ to: replyPath, content: { kind: 'static_invoice_persisted' } }];
  }
  const stored = node.shelf.invoices.get(place);
  if (content.kind !== 'invoice_request' || !stored) return [];
  return [
    { to: stored.forwardPath, content, replyPath },
    { to: replyPath, content: { kind: 'static_invoice', bytes: stored.invoice } },
  ];
}
