// `bip321`: one text that asks for a payment in several ways.
import { buildBip321 } from '../../src/bitcoin/bip321.ts';
import { parseAmount } from '../amount.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';

export const bip321: Command = {
  path: ['bip321'],
  about: 'Generate a BIP 321 payment string',
  options: [
    { name: 'amount', value: 'AMOUNT', help: 'The amount to receive; without one there is no invoice in it' },
    { name: 'label', value: 'LABEL', help: 'The label to add to the payment' },
    { name: 'message', value: 'MESSAGE', help: 'The message to add to the payment' },
    { name: 'all', help: 'Whether to include all payment methods' },
    { name: 'onchain', help: 'Whether to include an onchain address in the payment' },
    { name: 'lightning', help: 'Whether to include a Lightning invoice in the payment' },
    { name: 'ark', help: 'Whether to include an Ark address in the payment' },
  ],
  async run({ wallet, network }, { args, output }) {
    const wants = (way: string) => args.flag('all') || args.flag(way);
    if (!['onchain', 'lightning', 'ark'].some(wants))
      throw refuse('at least one payment method must be enabled');
    const text = args.option('amount');
    const amount = text === undefined ? undefined : parseAmount(text);
    const lightning =
      wants('lightning') && amount !== undefined
        ? (await wallet.receiveLightning({ amount, memo: args.option('message') })).invoice
        : undefined;
    output.line(
      buildBip321({
        mainnet: network === 'mainnet',
        amount,
        label: args.option('label'),
        message: args.option('message'),
        lightning,
        address: wants('onchain') ? await wallet.onchainAddress() : undefined,
        ark: wants('ark') ? (await wallet.newAddress()).address : undefined,
      }),
    );
  },
};
