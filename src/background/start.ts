// The background's composition: every listener is registered synchronously, so that whatever woke the worker is heard;
// database, vault, wallet and provider come after, when they are needed.
import { isOwnPage, listenInternal } from '../messaging/internal.ts';
import type { RuntimePort } from '../messaging/runtime.ts';
import { UNLOCKED } from '../provider/protocol.ts';
import { createProvider } from '../provider/provider.ts';
import type { Provider } from '../provider/provider.ts';
import { listenPublic } from '../provider/session.ts';
import { invoices } from '../store/invoices.ts';
import { pruneRequests } from '../store/requests.ts';
import type { ActionRow } from '../store/rows.ts';
import { createAttention } from './attention.ts';
import { createBadge } from './badge.ts';
import { emptyNow, emptySoon } from './clipboard.ts';
import type { ExtensionApi } from './browser.ts';
import { createCommands, lockStateOf } from './commands.ts';
import { createHost } from './host.ts';
import { createKeepAlive, freshInvoice, movesSoon } from './keep-alive.ts';
import { createKeptPass } from './kept-pass.ts';
import { createMail } from './mail.ts';
import { createNotices } from './notices.ts';
import { createPayer } from './payer.ts';
import { createPromptWindow } from './prompt-window.ts';
import { createSecondCopyWatch } from './second-copy.ts';
import { createTimers } from './timers.ts';
import type { TimerName } from './timers.ts';

const VIEW_PORT = 'view';
const SYNC_MINUTES = 5;
/** How often the mailbox is read, and how often while something may come any moment (where the browser allows it). */
const MAIL_MINUTES = 1;
const HURRIED_MAIL_MINUTES = 0.5;
const SETTLE_MS = 200;
const KEEP_REQUESTS_MS = 24 * 60 * 60_000;
const STARTED = 'started';
/** As the manifest names it (wxt.config.ts). */
const LOCK_COMMAND = 'lock';
const REFUSALS = 'refusals';

export function startBackground(api: ExtensionApi): void {
  const { version } = api.runtime.getManifest();
  const own = { id: api.runtime.id, root: api.runtime.getURL('') };
  const report = (what: string, e: unknown): void => console.warn(`skiff: ${what}`, e);
  const run = (what: string, work: () => Promise<unknown>): void => void work().catch((e) => report(what, e));

  // Content scripts read `storage.local` unless that is forbidden. Nothing of Skiff lies there; nothing ever shall for them.
  run('storage', async () => api.storage.local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' }));

  const views = new Set<RuntimePort>();
  const timers = createTimers(api, (name) => run(`alarm ${name}`, () => ring(name)));
  const kept = createKeptPass(api);
  const host = createHost({ api, timers, kept, leaving: () => mail.forget() });
  const mail = createMail({
    wallet: host.wallet,
    kept,
    server: host.boundServer,
    now: () => Date.now(),
    log: report,
  });
  const badge = createBadge(api);
  const attention = createAttention({
    db: host.db,
    locked: async () => (await status()) === 'locked',
    badge,
    notices: createNotices(api, host.db, () => Date.now()),
    hurry: (now) => timers.every('mail', now ? HURRIED_MAIL_MINUTES : MAIL_MINUTES),
    now: () => Date.now(),
  });
  const secondCopy = createSecondCopyWatch({ db: host.db, wallet: host.wallet });
  let looking: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(looking);
    looking = setTimeout(() => {
      run('attention', attention);
      run('second copy', async () => {
        if ((await status()) === 'unlocked') await secondCopy();
      });
    }, SETTLE_MS);
  };
  const prompt = createPromptWindow(api, () =>
    run('prompt closed', async () => (await provider()).promptClosed()),
  );
  const keepAlive = createKeepAlive(api, async () => {
    if (views.size > 0) return true;
    const [actions, unpaid] = await (
      await host.db()
    ).read(['actions', 'invoices'], async (tx) => [
      await tx.query<ActionRow>('actions'),
      await invoices(tx, 'open'),
    ]);
    if (movesSoon(actions, Date.now())) return true;
    return (await status()) === 'unlocked' && freshInvoice(unpaid, Date.now());
  });

  const status = async () => (await host.vault()).status();
  let made: Promise<Provider> | undefined;
  const provider = (): Promise<Provider> =>
    (made ??= host.db().then((db) =>
      createProvider({
        db,
        payer: createPayer(host.wallet),
        lockState: async () => lockStateOf(await status()),
        showPrompt: prompt.show,
        setWaiting: badge.sites,
        refusals: {
          get: async () => (await api.storage.session.get(REFUSALS))[REFUSALS],
          set: (value) => api.storage.session.set({ [REFUSALS]: value }),
        },
        now: () => Date.now(),
        version,
        log: report,
      }),
    ));

  const pages = listenPublic(api.runtime.onConnect, async () => (await provider()).context, Date.now);
  listenInternal(
    api.runtime.onMessage,
    own,
    createCommands({
      host,
      provider,
      prompt,
      version,
      started: keepAlive.check,
      wordsCopied: () => emptySoon(timers),
      accountChanged: () => pages.emit('accountChanged'),
    }),
    (command, e) => report(`command ${command}`, e),
  );
  api.runtime.onConnect.addListener((port) => {
    if (port.name !== VIEW_PORT || !port.sender || !isOwnPage(port.sender, own.id, own.root)) return;
    views.add(port);
    void begin();
    port.onDisconnect.addListener(() => views.delete(port));
    keepAlive.check();
  });
  api.runtime.onInstalled.addListener(({ reason }) => {
    if (reason === 'install')
      run('welcome', () => api.tabs.create({ url: api.runtime.getURL('welcome.html') }));
  });

  api.commands?.onCommand.addListener((name) => {
    if (name === LOCK_COMMAND) run('lock by shortcut', async () => (await host.vault()).lock());
  });

  async function ring(name: TimerName): Promise<void> {
    if (name === 'clipboard') return emptyNow(api);
    await begin();
    const now = await status();
    if (now === 'empty') return;
    const unlocked = now === 'unlocked';
    const wallet = await host.wallet();
    // What needs no key goes on while locked; what needs one parks until the unlock.
    if (name === 'wallet') await wallet.wake();
    if (name === 'mail') await (unlocked ? mail.tend() : mail.peek());
    if (name === 'sync' && !unlocked) await wallet.seeTip().catch((e: unknown) => report('tip', e));
    if (name === 'sync' && unlocked) {
      await wallet.maintain();
      await (await host.db()).write(['requests'], (tx) => pruneRequests(tx, Date.now() - KEEP_REQUESTS_MS));
    }
    keepAlive.check();
    look();
  }

  /** Every waiting page, whatever life of the worker it spoke to before, may ask again. */
  async function tellPages(): Promise<void> {
    const tabs = await api.tabs.query({});
    await Promise.allSettled(tabs.map(({ id }) => id !== undefined && api.tabs.sendMessage(id, UNLOCKED)));
  }

  async function opened(): Promise<void> {
    const connection = await host.connection();
    if (!connection) return; // The vault is being created; its wallet follows.
    await host.bind(connection);
    await (await provider()).unlocked();
    await tellPages();
    keepAlive.check();
    // Everything open goes on before anything new comes in.
    await (await host.wallet()).resume();
    await mail.tend();
    await (await host.wallet()).reconcile('due');
  }

  async function start(): Promise<void> {
    const [vault, db] = await Promise.all([host.vault(), host.db()]);
    listening = true;
    vault.watch((now) => {
      if (now === 'unlocked') run('opening', opened);
      else mail.close();
      look();
    });
    db.watch(['actions', 'inbox', 'invoices', 'movements'], look);
    const known = (await api.storage.session.get(STARTED))[STARTED] === true;
    await api.storage.session.set({ [STARTED]: true });
    if ((await vault.wake()) === 'empty') return;
    timers.every('sync', SYNC_MINUTES);
    look();
    await (await provider()).resume(!known);
  }
  // A database that could not be opened, because another context was upgrading it for instance, is tried again later.
  let listening = false;
  let started: Promise<void> | undefined;
  function begin(): Promise<void> {
    const mine = (started ??= start().catch((e: unknown) => {
      if (!listening) started = undefined;
      report('start', e);
    }));
    return mine;
  }
  void begin();
}
