// enable(): may this site ask for payments? Known sites get their answer without a window; a locked wallet keeps them
// waiting rather than refusing, because sites forget a wallet that refused.
import { completeRequest } from '../../store/requests.ts';
import { enableSite, siteUsed } from '../../store/sites.ts';
import { method } from '../method.ts';
import { permission } from '../permissions.ts';
import { noParams } from '../schema.ts';

export const enable = method({
  name: 'enable',
  params: noParams,
  listed: true,

  async run({ ports, queue, parking, attention }, call) {
    if (!(await permission(ports.db, call.site)))
      await queue.ask({ ...call, method: 'enable', params: {}, shared: true });
    else if ((await ports.lockState()) === 'locked') {
      call.parked();
      const unlocked = parking.wait(call.gesture);
      if (call.gesture) await ports.showPrompt();
      await unlocked;
      if (call.gesture) attention.give(call.site, ports.now());
    }
    await ports.db.write(['sites'], (tx) => siteUsed(tx, call.site, ports.now()));
    return undefined;
  },

  async approve({ ports, queue, attention }, row) {
    attention.give(row, ports.now());
    await queue.finish(row.id, ['sites'], async (tx) => {
      await enableSite(tx, row, ports.now());
      return completeRequest(tx, row.id, {}, ports.now());
    });
    return {};
  },
});
