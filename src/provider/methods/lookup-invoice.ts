// lookupInvoice(): what became of an invoice that this site asked to have paid or had made, also after a reload, a restart or a
// year. Nothing is told of anybody else's invoices, and nobody is asked.
import * as v from 'valibot';
import { SkiffError } from '../../errors.ts';
import { paymentRequest } from '../argument.ts';
import { askedOf, madeFor } from '../lookup.ts';
import { method } from '../method.ts';
import { requirePermission } from '../permissions.ts';

const params = v.pipe(
  v.object({
    paymentRequest: v.nullish(paymentRequest),
    paymentHash: v.nullish(
      v.pipe(
        v.string('The payment hash must be a string.'),
        v.toLowerCase(),
        v.regex(/^[0-9a-f]{64}$/, 'A payment hash has 64 hexadecimal digits.'),
      ),
    ),
  }),
  v.check(
    (o) => typeof (o.paymentRequest ?? o.paymentHash) === 'string',
    'Name the invoice by paymentRequest or paymentHash.',
  ),
);

const LOOKUP_TABLES = ['movements', 'requests', 'paidInvoices', 'invoices'] as const;

export const lookupInvoice = method({
  name: 'lookupInvoice',
  params,
  listed: true,
  async run({ ports }, { site, params: asked }) {
    await requirePermission(ports.db, site, 'lookupInvoice');
    const request = asked.paymentRequest ?? undefined;
    const hash = request === undefined ? asked.paymentHash : (await ports.payer.inspect(request)).paymentHash;
    if (typeof hash !== 'string' || (typeof asked.paymentHash === 'string' && asked.paymentHash !== hash))
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'This is not an invoice, or not the one of that payment hash.',
      });
    const found = await ports.db.read(
      LOOKUP_TABLES,
      async (tx) => (await madeFor(tx, site, hash)) ?? askedOf(tx, site, hash),
    );
    if (!found)
      throw new SkiffError({
        code: 'NOT_FOUND',
        say: 'This site has neither asked to pay that invoice nor had it made.',
      });
    return { ...found, paymentRequest: request ?? found.paymentRequest };
  },
});
