// makeInvoice(): an invoice of ours for the site to pay. The person is asked each time, chooses the amount where the site
// leaves it open, and stays within the site's bounds; the invoice is remembered as made for this site.
import { completeRequest } from '../../store/requests.ts';
import { enableSite } from '../../store/sites.ts';
import { invoiceWish, wishedAmount } from '../invoice-wish.ts';
import type { InvoiceWish } from '../invoice-wish.ts';
import { method } from '../method.ts';

export const makeInvoice = method({
  name: 'makeInvoice',
  params: invoiceWish,
  listed: true,

  run: ({ queue }, call) => queue.ask({ ...call, method: 'makeInvoice', params: call.params }),

  async approve({ ports, queue }, row, answer) {
    const wish = row.params as InvoiceWish;
    const site = { topOrigin: row.topOrigin, frameOrigin: row.frameOrigin };
    const amount = wishedAmount(wish, answer.amount);
    const { invoice, hash } = await ports.payer.makeInvoice({ amount, memo: wish.memo, site });
    const result = { paymentRequest: invoice, paymentHash: hash, rHash: hash };
    await queue.finish(row.id, ['sites'], async (tx) => {
      await enableSite(tx, site, ports.now());
      return completeRequest(tx, row.id, result, ports.now());
    });
    return {};
  },
});
