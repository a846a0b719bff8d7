// The wallet as the provider needs it.
import type { Payer } from '../provider/ports.ts';
import type { Sats } from '../units.ts';
import type { PayOptions, Wallet } from '../wallet/wallet.ts';
import { inspectView } from './quote-view.ts';

/** @param wallet the present wallet; asked for each call, because a change of server makes a new one */
export const createPayer = (wallet: () => Promise<Wallet>): Payer => ({
  inspect: async (text) => inspectView(await wallet(), text),
  async pay(text, options) {
    const w = await wallet();
    return w.pay(await w.inspect(text), options as PayOptions);
  },
  makeInvoice: async (order) => (await wallet()).receiveLightning({ ...order, amount: order.amount as Sats }),
  async outcome(actionId) {
    const outcome = await (await wallet()).outcome(actionId);
    if (outcome.status === 'paid') return { preimage: outcome.preimage };
    return { error: { code: outcome.error.code, say: outcome.error.say } };
  },
  signMessage: async (site, text) => (await wallet()).signMessage(site, text).signature,
  verifyMessage: async (site, text, signature) => (await wallet()).verifyMessage(site, text, signature),
  spendable: async () => (await (await wallet()).balance()).spendable,
});
