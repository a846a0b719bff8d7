// `exit status` and `exit list`: where exits stand, as the chain shows it.
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { exitJson } from '../exits.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';
import type { Session } from '../session.ts';

const DETAIL = [
  { name: 'history', help: 'Whether to include the detailed history of the exit process' },
  { name: 'transactions', help: 'Whether to include the exit transactions and their CPFP children' },
];

export const exitStatus: Command = {
  path: ['exit', 'status'],
  about: 'Gets the current status for the given VTXO',
  positionals: [{ name: 'VTXO', help: 'The VTXO to check the exit status of' }],
  options: [...DETAIL, NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const id = args.required('VTXO');
    const there = (await session.wallet.exits(true)).some(
      (row) => row.id === id && row.status !== 'foreseen',
    );
    if (!there) throw refuse(`VTXO not found: ${id}`);
    const progress = await session.wallet.exitProgress(id);
    const detail = { history: args.flag('history'), transactions: args.flag('transactions') };
    output.json(await exitJson(session, progress, detail));
  },
};

/** Exits that were begun. */
export async function begun({ wallet }: Session, finished: boolean) {
  const rows = (await wallet.exits(finished)).filter((row) => row.status !== 'foreseen');
  return Promise.all(rows.map((row) => wallet.exitProgress(row.id)));
}

export const exitList: Command = {
  path: ['exit', 'list'],
  about: 'Lists unilateral exits',
  options: [
    ...DETAIL,
    { name: 'include-finished', help: 'Also include exits that were claimed, canceled or lost' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const detail = { history: args.flag('history'), transactions: args.flag('transactions') };
    const list = await begun(session, args.flag('include-finished'));
    output.json(await Promise.all(list.map((progress) => exitJson(session, progress, detail))));
  },
};
