// `config`: the configuration in force, secrets hidden.
import type { Command } from '../command.ts';

export const config: Command = {
  path: ['config'],
  about: 'Print the configuration of your wallet',
  async run({ config: inForce }, { output }) {
    output.json({ ...inForce, bitcoind_pass: inForce.bitcoind_pass === null ? null : '[redacted]' });
  },
};
