// `address`: an Ark address to be paid at.
import { arkAddress } from '../../src/wallet/keys.ts';
import { UsageError, type OptionSpec, type ParsedArgs } from '../args.ts';
import type { Command } from '../command.ts';

const INDEX: OptionSpec = { name: 'index', value: 'INDEX', help: 'Address pubkey index to peek' };

/** The key that `--index` names. @throws UsageError */
export function keyIndex(args: ParsedArgs): number | undefined {
  const index = args.option(INDEX.name);
  if (index === undefined) return undefined;
  if (!/^\d{1,9}$/.test(index)) throw new UsageError(`invalid value '${index}' for '--index'`);
  return Number(index);
}

export const address: Command = {
  path: ['address'],
  about: 'Get an address to receive VTXOs',
  options: [INDEX],
  async run({ wallet, deps }, { args, output }) {
    const index = keyIndex(args);
    output.line(index === undefined ? (await wallet.newAddress()).address : await arkAddress(deps, index));
  },
};
