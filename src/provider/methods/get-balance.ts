// getBalance(): what could be paid with now, in satoshi. The first time a site asks, the person is asked.
import { SkiffError } from '../../errors.ts';
import { completeRequest } from '../../store/requests.ts';
import { allowBalance } from '../../store/sites.ts';
import { method } from '../method.ts';
import { requirePermission } from '../permissions.ts';
import { noParams } from '../schema.ts';

export const getBalance = method({
  name: 'getBalance',
  params: noParams,
  listed: true,

  async run({ ports, queue }, call) {
    const site = await requirePermission(ports.db, call.site, 'getBalance');
    if (!site.seesBalance) await queue.ask({ ...call, method: 'getBalance', params: {}, shared: true });
    if ((await ports.lockState()) !== 'unlocked')
      throw new SkiffError({ code: 'LOCKED', say: 'The wallet is locked.', retry: 'later' });
    return { balance: Number(await ports.payer.spendable()), currency: 'sats' };
  },

  async approve({ ports, queue }, row) {
    await queue.finish(row.id, ['sites'], async (tx) => {
      await allowBalance(tx, row, ports.now());
      return completeRequest(tx, row.id, {}, ports.now());
    });
    return {};
  },
});
