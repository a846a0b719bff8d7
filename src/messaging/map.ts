// The one typed map of what the extension's own pages (popup, prompt, welcome) may ask of the background worker:
// command → schema of the request, type of the response. Reading is not here: views read IndexedDB themselves.
import * as v from 'valibot';
import type { ExitCostView, NetworkName, QuoteView, ReceiveView, Status, TermsView, Words } from './views.ts';

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max));
const none = v.strictObject({});
const amount = v.pipe(v.bigint(), v.minValue(0n), v.maxValue(2_100_000_000_000_000n));
const requestId = text(100);
const coinId = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}:\d{1,10}$/));
const url = v.pipe(v.string(), v.maxLength(500), v.url());

const site = { topOrigin: text(2000), frameOrigin: text(2000) };
/** What a site may pay without asking. */
const budget = v.strictObject({
  limit: amount,
  perPayment: v.optional(amount),
  periodMs: v.pipe(v.number(), v.integer(), v.minValue(60_000), v.maxValue(366 * 24 * 60 * 60_000)),
});

/** What is to be paid: a text of any kind, how much where it does not say, and which of its ways. */
const payment = {
  text: text(8000),
  amount: v.optional(v.union([amount, v.literal('all')])),
  way: v.optional(text(8000)),
  /** Put in beyond the fee, for a way that was too dear before. */
  surplus: v.optional(amount),
};

const networks = ['mainnet', 'signet', 'regtest'] as const satisfies readonly NetworkName[];

export const connection = v.strictObject({
  network: v.picklist(networks),
  arkUrl: url,
  /** The second is compared with the first; mainnet demands it. */
  esploraUrls: v.pipe(v.array(url), v.minLength(1), v.maxLength(2)),
});
export type Connection = v.InferOutput<typeof connection>;

/** Shape of each command's request; the background refuses anything else. */
export const requests = {
  status: none,
  newWords: none,
  checkWords: v.strictObject({ words: text(400) }),
  createWallet: v.strictObject({
    words: text(400),
    password: text(1000),
    /** The words had a life before: their coins are looked for. */
    restored: v.optional(v.boolean()),
    autoLockMinutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1440)),
    connection,
  }),
  unlock: v.strictObject({ password: text(1000) }),
  lock: none,
  revealWords: v.strictObject({ password: text(1000) }),
  setAutoLock: v.strictObject({ minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1440)) }),
  /** Settings that take effect by themselves. */
  choose: v.strictObject({
    notifyOnReceipt: v.optional(v.boolean()),
    notifyAmount: v.optional(v.boolean()),
    exitByItself: v.optional(v.boolean()),
  }),
  setConnection: v.strictObject({
    arkUrl: connection.entries.arkUrl,
    esploraUrls: connection.entries.esploraUrls,
  }),
  /** Permission, budget and block alike: the site is unknown again. */
  forgetSite: v.strictObject(site),
  blockSite: v.strictObject(site),
  hideBalance: v.strictObject(site),
  /** Without a budget: every payment is asked about. */
  setBudget: v.strictObject({ ...site, budget: v.optional(budget) }),
  sync: none,
  quote: v.strictObject(payment),
  pay: v.strictObject({ ...payment, maxTotal: amount, comment: v.optional(text(1000)) }),
  /** Asks the host behind a Lightning address or LNURL what it takes: only when the person wants that. */
  terms: v.strictObject({ text: payment.text, way: payment.way }),
  receive: none,
  makeInvoice: v.strictObject({ amount, memo: v.pipe(v.string(), v.maxLength(639)) }),
  cancelInvoice: v.strictObject({ hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  /** What it costs to take coins out through the chain: to be seen before it is done. */
  exitCost: v.strictObject({ coins: v.pipe(v.array(coinId), v.minLength(1), v.maxLength(100)) }),
  startExit: v.strictObject({ coins: v.pipe(v.array(coinId), v.minLength(1), v.maxLength(100)) }),
  cancelExit: v.strictObject({ coin: coinId }),
  showPrompt: none,
  quoteRequest: v.strictObject({ id: requestId, amount: v.optional(amount) }),
  approve: v.strictObject({
    id: requestId,
    maxTotal: v.optional(amount),
    amount: v.optional(amount),
    budget: v.optional(budget),
  }),
  reject: v.strictObject({ id: requestId }),
  closePrompt: none,
} as const;

export type Command = keyof typeof requests;
export type RequestOf<C extends Command> = v.InferOutput<(typeof requests)[C]>;

interface Responses {
  status: Status;
  newWords: Words;
  checkWords: { valid: boolean };
  revealWords: Words;
  quote: QuoteView;
  pay: { actionId: string };
  terms: TermsView;
  receive: ReceiveView;
  exitCost: ExitCostView;
  /** Payment hash, hex; the row in the store says the rest. */
  makeInvoice: { hash: string };
  quoteRequest: QuoteView;
  approve: { actionId?: string };
  /** False when another request came in meanwhile and the window should stay. */
  closePrompt: { closing: boolean };
}
export type ResponseOf<C extends Command> = C extends keyof Responses ? Responses[C] : Record<string, never>;

export type Handlers = { [C in Command]: (request: RequestOf<C>) => Promise<ResponseOf<C>> };
export type Send = <C extends Command>(command: C, request: RequestOf<C>) => Promise<ResponseOf<C>>;
