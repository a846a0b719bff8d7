// makeInvoice(): the types require it, receiving over Lightning is not there yet. Not listed by getInfo.
import * as v from 'valibot';
import { SkiffError } from '../../errors.ts';
import { method } from '../method.ts';

export const makeInvoice = method({
  name: 'makeInvoice',
  params: v.unknown(),
  listed: false,
  async run() {
    throw new SkiffError({ code: 'UNSUPPORTED', say: 'This wallet cannot make invoices yet.' });
  },
});
