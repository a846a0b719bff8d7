// What popup, prompt and welcome can ask for. Reading the store is theirs to do; everything that needs keys, network or
// a decision is here. Commands of a person move the lock's deadline, those that views send by themselves do not.
import { nobleCurve } from '../crypto/noble.ts';
import { SkiffError, isSkiffError } from '../errors.ts';
import type { Command, Handlers } from '../messaging/map.ts';
import type { LockState } from '../messaging/views.ts';
import type { Answer } from '../provider/method.ts';
import type { PaymentParams } from '../provider/payments.ts';
import type { Provider } from '../provider/provider.ts';
import { setBudget } from '../store/budgets.ts';
import type { BudgetTerms } from '../store/budgets.ts';
import { diagnostics } from '../wallet/diagnostics.ts';
import { noteRestored } from '../wallet/recovery/due.ts';
import { changeSettings, setting } from '../store/settings.ts';
import { forgetSite, hideBalance } from '../store/sites.ts';
import { phraseFromEntropy, readPhrase } from '../vault/phrase.ts';
import type { VaultStatus } from '../vault/vault.ts';
import type { Host } from './host.ts';
import type { PromptWindow } from './prompt-window.ts';
import { lifeCommands } from './life-commands.ts';
import { moneyCommands } from './money-commands.ts';
import { createPayees } from './payees.ts';
import { offerCommands } from './offer-commands.ts';
import { psbtCommands } from './psbt-commands.ts';
import { swapCommands } from './swap-commands.ts';
import { vaultCommands } from './vault-commands.ts';
import { quoteView } from './quote-view.ts';

export interface CommandParts {
  host: Host;
  provider(): Promise<Provider>;
  prompt: PromptWindow;
  version: string;
  /** There is another wallet than before: pages that listen hear it. */
  accountChanged(): void;
  /** The recovery words are in the clipboard. */
  wordsCopied(): void;
  /** Something may have started: stay awake as long as it needs. */
  started(): void;
}

/** Sent by views on their own account. */
const PASSIVE: ReadonlySet<Command> = new Set([
  'status',
  'sync',
  'quote',
  'quoteRequest',
  'closePrompt',
  'wipe',
]);

export const lockStateOf = (status: VaultStatus): LockState => (status === 'empty' ? 'none' : status);

/** Every command of the map. */
export function createCommands(parts: CommandParts): Handlers {
  const { host, provider, prompt } = parts;
  const vault = host.vault;
  const payees = createPayees(host.db, nobleCurve);
  const noted = async (id: string, problem: Parameters<Provider['context']['queue']['noteProblem']>[1]) =>
    (await provider()).context.queue.noteProblem(id, problem);

  const handlers: Handlers = {
    async status() {
      const [db, connection] = await Promise.all([host.db(), host.connection()]);
      return {
        wallet: lockStateOf(await (await vault()).status()),
        ...connection,
        autoLockMinutes: await db.read(['settings'], (tx) => setting(tx, 'autoLockMinutes')),
        version: parts.version,
      };
    },

    newWords: async () => ({ words: phraseFromEntropy(crypto.getRandomValues(new Uint8Array(16))) }),

    async checkWords({ words }) {
      try {
        readPhrase(words);
        return { valid: true };
      } catch (e) {
        if (isSkiffError(e, 'INVALID_MNEMONIC')) return { valid: false };
        throw e;
      }
    },

    async createWallet({ words, password, restored, autoLockMinutes, connection }) {
      const [db, safe] = await Promise.all([host.db(), vault()]);
      if ((await safe.status()) !== 'empty')
        throw new SkiffError({ code: 'WALLET_EXISTS', say: 'There is a wallet in this browser already.' });
      await host.probe(connection);
      const { network, arkUrl, esploraUrls } = connection;
      await db.write(['settings', 'meta'], async (tx) => {
        await changeSettings(tx, { network, serverUrl: arkUrl, esploraUrls, autoLockMinutes });
        if (restored) await noteRestored(tx, Date.now());
      });
      await host.reconnect();
      await safe.create({ password, phrase: words });
      await host.bind(connection);
      parts.accountChanged();
      return {};
    },

    async choose(change) {
      await (await host.db()).write(['settings'], (tx) => changeSettings(tx, change));
      return {};
    },

    async setConnection({ arkUrl, esploraUrls }) {
      const present = await host.connection();
      if (!present)
        throw new SkiffError({ code: 'NO_WALLET', say: 'There is no wallet in this browser yet.' });
      await host.probe({ ...present, arkUrl, esploraUrls });
      await (
        await host.db()
      ).write(['settings'], (tx) => changeSettings(tx, { serverUrl: arkUrl, esploraUrls }));
      await host.reconnect();
      return {};
    },

    async forgetSite(site) {
      await (await host.db()).write(['sites'], (tx) => forgetSite(tx, site));
      return {};
    },

    async blockSite(site) {
      await (await provider()).block(site);
      return {};
    },

    async hideBalance(site) {
      await (await host.db()).write(['sites'], (tx) => hideBalance(tx, site));
      return {};
    },

    async setBudget({ budget, ...site }) {
      const terms = budget as BudgetTerms | undefined;
      await (await host.db()).write(['sites'], (tx) => setBudget(tx, site, terms, Date.now()));
      return {};
    },

    async sync() {
      if ((await (await vault()).status()) === 'unlocked') await (await host.wallet()).sync();
      return {};
    },

    async diagnostics() {
      const facts = { version: parts.version, now: Date.now(), from: 'extension' as const };
      const text = JSON.stringify(await diagnostics(await host.db(), facts), undefined, 2);
      return { name: 'skiff-report.json', type: 'application/json', text };
    },

    ...vaultCommands(host, parts.wordsCopied),
    ...moneyCommands(host),
    ...offerCommands(host),
    ...psbtCommands(host, () => Date.now()),
    ...swapCommands(host),
    ...lifeCommands(host),

    async showPrompt() {
      await prompt.show();
      return {};
    },

    async quoteRequest({ id, amount }) {
      const row = await (await provider()).context.queue.row(id);
      const { paymentRequest } = row.params as PaymentParams;
      const quote = await quoteView(await host.wallet(), paymentRequest, { amount });
      await noted(id, quote.problem);
      const newPayee = quote.way !== undefined && !(await payees.paidBefore(quote.way));
      return { ...quote, newPayee };
    },

    approve: async ({ id, ...answer }) => (await provider()).approve(id, answer as Answer),

    async reject({ id }) {
      await (await provider()).refuse(id);
      return {};
    },

    async closePrompt() {
      const waiting = await (await provider()).waiting();
      if (waiting.length > 0) return { closing: false };
      await prompt.forget();
      return { closing: true };
    },
  };

  return touching(handlers, async () => {
    await (await vault()).touch();
    parts.started();
  });
}

/** After a person's command the lock's deadline moves, and what it started keeps the worker awake. */
function touching(handlers: Handlers, touch: () => Promise<void>): Handlers {
  const wrapped = Object.entries(handlers).map(([name, handle]) => {
    if (PASSIVE.has(name as Command)) return [name, handle];
    return [
      name,
      async (request: never) => {
        const answer = await (handle as (request: never) => Promise<unknown>)(request);
        await touch();
        return answer;
      },
    ];
  });
  return Object.fromEntries(wrapped) as Handlers;
}
