// `address`: an Ark address to be paid at.
import { keyAt } from '../../src/store/keys.ts';
import { arkAddress } from '../../src/wallet/keys.ts';
import { UsageError, type OptionSpec, type ParsedArgs } from '../args.ts';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import type { Session } from '../session.ts';

const INDEX: OptionSpec = { name: 'index', value: 'INDEX', help: 'Address pubkey index to peek' };

/** The key that `--index` names. @throws UsageError */
export function keyIndex(args: ParsedArgs): number | undefined {
  const index = args.option(INDEX.name);
  if (index === undefined) return undefined;
  if (!/^\d{1,9}$/.test(index)) throw new UsageError(`invalid value '${index}' for '--index'`);
  return Number(index);
}

/** The address of a key that was handed out before. @throws SkiffError in bark's words when it was not */
export async function addressAt({ db, deps }: Session, index: number): Promise<string> {
  const known = await db.read(['keys'], (tx) => keyAt(tx, index));
  if (!known) throw refuse(`VTXO key ${index} does not exist, please derive it first`);
  return arkAddress(deps, index);
}

export const address: Command = {
  path: ['address'],
  about: 'Get an address to receive VTXOs',
  options: [INDEX],
  async run(session, { args, output }) {
    const index = keyIndex(args);
    output.line(
      index === undefined ? (await session.wallet.newAddress()).address : await addressAt(session, index),
    );
  },
};
