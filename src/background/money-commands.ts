// Commands that price, pay and receive. What is chosen on a screen goes to the wallet as it is; the wallet checks it again.
import type { Handlers } from '../messaging/map.ts';
import type { Sats } from '../units.ts';
import type { PayOptions } from '../wallet/wallet.ts';
import type { Host } from './host.ts';
import { quoteView, takeWay } from './quote-view.ts';
import { receiveView } from './receive-view.ts';

type MoneyCommand =
  | 'quote'
  | 'terms'
  | 'pay'
  | 'receive'
  | 'makeInvoice'
  | 'cancelInvoice'
  | 'exitCost'
  | 'startExit'
  | 'cancelExit';

/** @param host of the present wallet, which a change of server replaces */
export const moneyCommands = (host: Host): Pick<Handlers, MoneyCommand> => ({
  quote: async ({ text, ...chosen }) => quoteView(await host.wallet(), text, chosen),

  async terms({ text, way }) {
    const wallet = await host.wallet();
    return wallet.terms(takeWay(await wallet.inspect(text), way));
  },

  async pay({ text, way, ...options }) {
    const wallet = await host.wallet();
    const instruction = takeWay(await wallet.inspect(text), way);
    const { actionId } = await wallet.pay(instruction, options as PayOptions);
    return { actionId };
  },

  receive: async () => receiveView(await host.wallet()),

  async makeInvoice({ amount, memo }) {
    const wallet = await host.wallet();
    const { hash } = await wallet.receiveLightning({
      amount: amount as Sats,
      ...(memo !== '' && { memo }),
    });
    return { hash };
  },

  async cancelInvoice({ hash }) {
    await (await host.wallet()).cancelInvoice(hash);
    return {};
  },

  exitCost: async ({ coins }) => (await host.wallet()).exitCost(coins),

  async startExit({ coins }) {
    await (await host.wallet()).startExit(coins);
    return {};
  },

  async cancelExit({ coin }) {
    await (await host.wallet()).cancelExit(coin);
    return {};
  },
});
