// `diagnostics`: a report that can be pasted in public. Not in bark, whose `debug-info` shows the account key.
import { diagnostics as report } from '../../src/wallet/diagnostics.ts';
import type { Command } from '../command.ts';
import { VERSION } from '../version.ts';

export const diagnostics: Command = {
  path: ['diagnostics'],
  about: 'Print versions, counts, states and error codes: no keys, addresses, amounts, names or sites',
  async run({ deps }, { output }) {
    output.json(await report(deps.ports.db, { version: VERSION, now: deps.ports.now(), from: 'cli' }));
  },
};
