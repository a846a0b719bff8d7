// `watch`: the wallet stays open, does what it has to, and prints each line of the history as it is made or changes.
// Ends with SIGINT or SIGTERM.
import { setTimeout as pause } from 'node:timers/promises';

import type { MovementRow } from '../../src/store/rows.ts';
import { movementJson } from '../../src/wallet/movements/json.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);

/** Prints what differs from what was printed before. */
function teller(print: (value: unknown) => void, known: readonly MovementRow[]) {
  const told = new Map(known.map((m) => [m.id, m.updatedAt]));
  return (lines: readonly MovementRow[]): void => {
    for (const line of lines) {
      const before = told.get(line.id);
      if (before === line.updatedAt) continue;
      told.set(line.id, line.updatedAt);
      const type = before === undefined ? 'movement-created' : 'movement-updated';
      print({ type, movement: movementJson(line) });
    }
  };
}

export const watch: Command = {
  path: ['watch'],
  about: 'Watch the wallet for updates',
  async run(session, { output }) {
    const { wallet, db, config } = session;
    const over = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
    const tell = teller(output.json, await wallet.history());
    const failed = (reason: unknown) =>
      output.log.warn('the wallet could not be read', { reason: String(reason) });
    const look = () => void wallet.history().then((lines) => tell(lines.toReversed()), failed);
    const unwatch = db.watch(['movements'], look);
    const mail = wallet.followMail(over.signal, sleep).catch(failed);
    const offers = wallet.followOffers(over.signal, sleep).catch(failed);
    while (!over.signal.aborted) {
      if (!config.daemon_manual_sync) await sync(session, false, output);
      await sleep(config.daemon_sync_interval_secs * 1000, over.signal);
    }
    unwatch();
    await Promise.all([mail, offers]);
  },
};
