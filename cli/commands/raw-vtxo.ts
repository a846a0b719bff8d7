// `raw-vtxo`: a coin with everything that its exit needs, as hex.
import { toHex } from '../../src/crypto/bytes.ts';
import { coinBody } from '../../src/store/coins.ts';
import type { Command } from '../command.ts';

export const rawVtxo: Command = {
  path: ['raw-vtxo'],
  about: 'Get a raw VTXO in hex',
  positionals: [{ name: 'VTXO_ID', help: 'The VTXO' }],
  async run({ db }, { args, output }) {
    output.line(toHex(await db.read(['coinBodies'], (tx) => coinBody(tx, args.required('VTXO_ID')))));
  },
};
