// `address lookup`: what was received at, or sent to, an Ark address.
import { movementJson } from '../../src/wallet/movements/json.ts';
import { UsageError } from '../args.ts';
import type { Command } from '../command.ts';
import { addressAt, keyIndex } from './address.ts';

export const addressLookup: Command = {
  path: ['address', 'lookup'],
  about: 'Look up receives for an Ark address',
  options: [
    { name: 'address', value: 'ADDRESS', help: 'The Ark address to look up' },
    { name: 'index', value: 'INDEX', help: 'Address pubkey index to look up' },
  ],
  async run(session, { args, output }) {
    const [text, index] = [args.option('address'), keyIndex(args)];
    if ((text === undefined) === (index === undefined))
      throw new UsageError('need exactly one of --address and --index');
    const address = text ?? (await addressAt(session, index ?? 0));
    const lines = (await session.wallet.history()).filter((m) =>
      [...m.receivedOn, ...m.sentTo].some(({ type, value }) => type === 'ark' && value === address),
    );
    output.json(lines.map(movementJson).reverse());
  },
};
