// The wallet as the provider needs it.
import type { Payer } from '../provider/ports.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { Sats } from '../units.ts';
import { inspectView } from './quote-view.ts';

/** @param wallet the present wallet; asked for each call, because a change of server makes a new one */
export const createPayer = (wallet: () => Promise<Wallet>): Payer => ({
  inspect: async (text) => inspectView(await wallet(), text),
  async pay(text, { amount, maxTotal, site, requestId }) {
    const w = await wallet();
    const options = { amount: amount as Sats | undefined, maxTotal: maxTotal as Sats, site, requestId };
    return w.pay(await w.inspect(text), options);
  },
  async outcome(actionId) {
    const outcome = await (await wallet()).outcome(actionId);
    if (outcome.status === 'paid') return { preimage: outcome.preimage };
    return { error: { code: outcome.error.code, say: outcome.error.say } };
  },
  spendable: async () => (await (await wallet()).balance()).spendable,
});
