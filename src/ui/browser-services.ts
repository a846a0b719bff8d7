// The real services of an extension page: commands to the background, the store read live, the lock seen in session
// storage. Nothing here loads keys or curves, which is what keeps the popup quick.
import { createSend } from '../messaging/client.ts';
import type { LockState } from '../messaging/views.ts';
import type { Db, ReadTx } from '../store/port.ts';
import { DATABASE } from '../store/database.ts';
import { openDexie } from '../store/dexie.ts';
import { meta } from '../store/meta.ts';
import { history, movement, movementOf } from '../store/movements.ts';
import { request, waitingRequests } from '../store/requests.ts';
import { sites } from '../store/sites.ts';
import { parseSession } from '../vault/session.ts';
import { BALANCE_TABLES, readBalance } from '../wallet/coins/balance.ts';
import type { Live, Services } from './services.ts';

/** The parts of the extension API that pages use. */
export interface PageApi {
  runtime: {
    sendMessage(message: unknown): Promise<unknown>;
    getURL(path: string): string;
  };
  storage: {
    session: {
      get(key: string): Promise<Record<string, unknown>>;
      onChanged: { addListener(f: () => void): void; removeListener(f: () => void): void };
    };
  };
  permissions: { request(wanted: { origins: string[] }): Promise<boolean> };
  tabs: { create(options: { url: string }): Promise<unknown> };
}

const SESSION_KEY = 'vault';

export function createServices(api: PageApi): Services {
  const db = openDexie(DATABASE);

  /** Reads now, and again after each change of these tables. */
  const live =
    <T>(tables: readonly string[], read: (tx: ReadTx) => Promise<T>): Live<T> =>
    (tell, failed) => {
      let ended = false;
      let unwatch = (): void => {};
      const look = (open: Db): void => {
        open.read(tables, read).then(
          (value) => !ended && tell(value),
          (e: unknown) => !ended && failed(e),
        );
      };
      db.then(
        (open) => {
          if (ended) return;
          unwatch = open.watch(tables, () => look(open));
          look(open);
        },
        (e: unknown) => !ended && failed(e),
      );
      return () => {
        ended = true;
        unwatch();
      };
    };

  const { session } = api.storage;
  async function readLock(made: boolean): Promise<LockState> {
    if (!made) return 'none';
    const kept = parseSession((await session.get(SESSION_KEY))[SESSION_KEY]);
    const valid = kept !== undefined && (kept.deadline === undefined || kept.deadline > Date.now());
    return valid ? 'unlocked' : 'locked';
  }
  const lockState: Live<LockState> = (tell, failed) => {
    let made = false;
    const look = (): void => void readLock(made).then(tell, failed);
    const end = live(['meta'], (tx) => meta(tx, 'vault'))((vault) => {
      made = vault !== undefined;
      look();
    }, failed);
    session.onChanged.addListener(look);
    return () => {
      end();
      session.onChanged.removeListener(look);
    };
  };

  return {
    send: createSend((message) => api.runtime.sendMessage(message)),
    lockState,
    balance: live(BALANCE_TABLES, readBalance),
    history: (limit) => live(['movements'], (tx) => history(tx, { limit })),
    movement: (of) =>
      live(['movements'], (tx) => ('id' in of ? movement(tx, of.id) : movementOf(tx, of.actionId))),
    waiting: live(['requests'], waitingRequests),
    request: (id) => live(['requests'], (tx) => request(tx, id)),
    sites: live(['sites'], async (tx) => (await sites(tx)).sort((a, b) => b.lastUsedAt - a.lastUsedAt)),
    allowHosts: (urls) => {
      const origins = [...new Set(urls.flatMap((url) => URL.parse(url)?.origin ?? []))];
      return api.permissions.request({ origins: origins.map((origin) => `${withoutPort(origin)}/*`) });
    },
    openWelcome: () => void api.tabs.create({ url: api.runtime.getURL('welcome.html') }),
    closeWindow: () => window.close(),
    now: () => Date.now(),
  };
}

/** Match patterns of permissions know no ports. */
const withoutPort = (origin: string): string => origin.replace(/:\d+$/, '');
