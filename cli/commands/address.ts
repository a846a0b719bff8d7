// `address`: an Ark address to be paid at.
import { arkAddress } from '../../src/wallet/keys.ts';
import { UsageError } from '../args.ts';
import type { Command } from '../command.ts';

export const address: Command = {
  path: ['address'],
  about: 'Get an address to receive VTXOs',
  options: [{ name: 'index', value: 'INDEX', help: 'Address pubkey index to peek' }],
  async run({ wallet, deps }, { args, output }) {
    const index = args.option('index');
    if (index !== undefined && !/^\d{1,9}$/.test(index))
      throw new UsageError(`invalid value '${index}' for '--index'`);
    output.line(
      index === undefined ? (await wallet.newAddress()).address : await arkAddress(deps, Number(index)),
    );
  },
};
