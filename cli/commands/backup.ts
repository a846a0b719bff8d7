// `backup export` and `backup import`: the encrypted file of what the words cannot restore. Not in bark; the browser writes
// and reads the same file.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { saveAs } from '../save.ts';

export const backupExport: Command = {
  path: ['backup', 'export'],
  about:
    'Save history, receipts, invoices, swaps, sites and settings in an encrypted file that the words open',
  positionals: [{ name: 'FILE', optional: true, help: 'Where to; a new file, never an existing one' }],
  async run({ wallet }, { args, output }) {
    output.json({ file: saveAs(await wallet.exportBackup(), args.positional('FILE')) });
  },
};

export const backupImport: Command = {
  path: ['backup', 'import'],
  about: 'Take in what such a file holds and is missing here; nothing newer is overwritten',
  positionals: [{ name: 'FILE', help: 'The backup file of a wallet with these words' }],
  async run({ wallet }, { args, output }) {
    const file = resolve(args.required('FILE'));
    if (!existsSync(file)) throw refuse(`There is no file ${file}.`);
    const taken = await wallet.importBackup(readFileSync(file, 'utf8'));
    const { movements: history, payments: receipts, ...rest } = taken;
    output.json({ history, receipts, ...rest });
  },
};
