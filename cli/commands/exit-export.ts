// `exit export`: the ways out of all coins as a file for other tools. Not in bark; the browser writes the same file.
import type { Command } from '../command.ts';
import { saveAs } from '../save.ts';

export const exitExport: Command = {
  path: ['exit', 'export'],
  about: 'Save the signed transactions that bring the coins onto the chain, for another tool to broadcast',
  positionals: [{ name: 'FILE', optional: true, help: 'Where to; a new file, never an existing one' }],
  async run({ wallet }, { args, output }) {
    output.json({ file: saveAs(await wallet.exitFile(), args.positional('FILE')) });
  },
};
