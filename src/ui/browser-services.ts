// The real services of an extension page: commands to the background, the store read live, the lock seen in session
// storage. Nothing here loads keys or curves, and the database library only comes after the first picture (glance.ts),
// which is what keeps the popup quick.
import { createSend } from '../messaging/client.ts';
import type { LockState } from '../messaging/views.ts';
import type { Db, ReadTx } from '../store/port.ts';
import { DATABASE } from '../store/database.ts';
import { action } from '../store/actions.ts';
import { liveCoins } from '../store/coins.ts';
import { liveExits } from '../store/exits.ts';
import { glance } from '../store/glance.ts';
import { invoice, invoices } from '../store/invoices.ts';
import { meta } from '../store/meta.ts';
import { history, movement, movementOf } from '../store/movements.ts';
import { request, waitingRequests } from '../store/requests.ts';
import { settings } from '../store/settings.ts';
import { swapOf } from '../store/swaps.ts';
import { sites } from '../store/sites.ts';
import { isOver, parseSession } from '../vault/session.ts';
import { BALANCE_TABLES, readBalance } from '../wallet/coins/balance.ts';
import { spentElsewhere } from '../wallet/coins/elsewhere.ts';
import { ENDING_TABLES, readEnding, renewals, renewBlocks } from '../wallet/maintenance/ending.ts';
import type { ExportFile } from '../wallet/movements/export.ts';
import { findMovements } from '../wallet/movements/read.ts';
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
  /** Absent on Firefox for Android. */
  commands?: { getAll(): Promise<{ name?: string; shortcut?: string }[]> };
  permissions: { request(wanted: { origins: string[] }): Promise<boolean> };
  tabs: { create(options: { url: string }): Promise<unknown> };
}

const SESSION_KEY = 'vault';
const FRAME_LIMIT_MS = 50;

/** The next frame is on the screen; a page in the background gets none, so a time limit, too. */
const frame = (): Promise<unknown> =>
  Promise.race([
    new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
    new Promise((resolve) => setTimeout(resolve, FRAME_LIMIT_MS)),
  ]);

export function createServices(api: PageApi): Services {
  const first = glance(DATABASE);
  const looks: Promise<unknown>[] = [];
  const painted = (async () => {
    if (!(await first)) return;
    for (let seen = -1; seen < looks.length;) {
      seen = looks.length;
      await Promise.allSettled(looks);
      await frame(); // what was read is drawn, and what that shows asks for more
    }
  })();
  /** Who has to hear that the database was taken from us. */
  const readers = new Set<(e: unknown) => void>();
  const gone = (e: unknown): void => readers.forEach((failed) => failed(e));
  const db = painted
    .then(() => import('../store/dexie.ts'))
    .then(({ openDexie }) => openDexie(DATABASE, { gone }));
  db.then(async () => (await first)?.close()).catch(() => {}); // said to whoever reads

  /** Reads now, and again after each change of these tables. */
  const live =
    <T>(tables: readonly string[], read: (tx: ReadTx) => Promise<T>): Live<T> =>
    (tell, failed) => {
      let ended = false;
      let told = false;
      let unwatch = (): void => {};
      readers.add(failed);
      const look = (open: Db): void => {
        open.read(tables, read).then(
          (value) => {
            if (ended) return;
            told = true;
            tell(value);
          },
          (e: unknown) => !ended && failed(e),
        );
      };
      // What goes wrong with the glance goes wrong again below, where it is said.
      const glanced = first
        .then((seen) => seen?.read(tables, read))
        .then((value) => value !== undefined && !ended && !told && tell(value));
      looks.push(glanced.catch(() => {}));
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
        readers.delete(failed);
        unwatch();
      };
    };

  const { session } = api.storage;
  const readSession = async (): Promise<LockState> => {
    const kept = parseSession((await session.get(SESSION_KEY))[SESSION_KEY]);
    return kept !== undefined && !isOver(kept, Date.now()) ? 'unlocked' : 'locked';
  };
  const lockState: Live<LockState> = (tell, failed) => {
    let made: boolean | undefined;
    /** The database cannot be read: until it can again, what the session says is not the whole. */
    let faulty = false;
    const fail = (e: unknown): void => {
      faulty = true;
      failed(e);
    };
    // Asked at once, beside the database; each change asks anew.
    let state = readSession();
    state.catch(failed);
    const look = (): void => {
      if (made === undefined) return;
      if (!made) return tell('none');
      const asked = state;
      asked.then(
        (value) => asked === state && !faulty && tell(value),
        (e: unknown) => asked === state && failed(e),
      );
    };
    const end = live(['meta'], async (tx) => (await meta(tx, 'vault')) !== undefined)((there) => {
      if (made !== undefined) state = readSession();
      made = there;
      faulty = false;
      look();
    }, fail);
    const changed = (): void => {
      state = readSession();
      look();
    };
    session.onChanged.addListener(changed);
    return () => {
      end();
      session.onChanged.removeListener(changed);
    };
  };

  return {
    send: createSend((message) => api.runtime.sendMessage(message)),
    painted,
    lockState,
    balance: live(BALANCE_TABLES, (tx) => readBalance(tx, Date.now())),
    history: (limit) => live(['movements'], (tx) => history(tx, { limit })),
    find: (query) => live(['movements'], (tx) => findMovements(tx, query)),
    movement: (of) =>
      live(['movements'], (tx) => ('id' in of ? movement(tx, of.id) : movementOf(tx, of.actionId))),
    purse: live(ENDING_TABLES, async (tx) => ({
      coins: await liveCoins(tx),
      tip: await meta(tx, 'tip'),
      maxExitDepth: (await meta(tx, 'serverLimits'))?.maxExitDepth,
      renewals: await renewals(tx),
      renewBlocks: await renewBlocks(tx),
    })),
    health: live(ENDING_TABLES, async (tx) => ({
      ending: await readEnding(tx, Date.now()),
      elsewhere: spentElsewhere(await liveCoins(tx)),
      recovery: await meta(tx, 'recovery'),
    })),
    action: (id) => live(['actions'], (tx) => action(tx, id)),
    tip: live(['meta'], (tx) => meta(tx, 'tip')),
    exits: live(['exits'], liveExits),
    invoices: live(['invoices'], (tx) => invoices(tx, 'open')),
    invoice: (hash) => live(['invoices'], (tx) => invoice(tx, hash)),
    swap: (hash) => live(['swaps'], (tx) => swapOf(tx, hash)),
    settings: live(['settings'], settings),
    waiting: live(['requests'], waitingRequests),
    request: (id) => live(['requests'], (tx) => request(tx, id)),
    sites: live(['sites'], async (tx) => (await sites(tx)).sort((a, b) => b.lastUsedAt - a.lastUsedAt)),
    allowHosts: (urls) => {
      const origins = [...new Set(urls.flatMap((url) => URL.parse(url)?.origin ?? []))];
      return api.permissions.request({ origins: origins.map((origin) => `${withoutPort(origin)}/*`) });
    },
    openWelcome: () => void api.tabs.create({ url: api.runtime.getURL('welcome.html') }),
    openScanner: () => void api.tabs.create({ url: `${api.runtime.getURL('popup.html')}#scan` }),
    save,
    closeWindow: () => window.close(),
    reload: () => location.reload(),
    lockShortcut: async () => {
      const all = (await api.commands?.getAll()) ?? [];
      return all.find(({ name }) => name === 'lock')?.shortcut ?? '';
    },
    now: () => Date.now(),
  };
}

/** As the browser downloads things: no permission needed, and the person finds the file where all others are. */
function save({ name, type, text }: ExportFile): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Match patterns of permissions know no ports. */
const withoutPort = (origin: string): string => origin.replace(/:\d+$/, '');
