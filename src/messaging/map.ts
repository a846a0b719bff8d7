// The one typed map of what the extension's own pages (popup, prompt, welcome) may ask of the background worker:
// command → schema of the request, type of the response. Reading is not here: views read IndexedDB themselves.
import * as v from 'valibot';
import type {
  ExitCostView,
  FileView,
  MoveCostView,
  MoveWayView,
  NetworkName,
  OfferLinkView,
  OwnOfferView,
  PsbtQuoteView,
  QuoteView,
  ReceiveView,
  RenewCostView,
  Status,
  TakenView,
  TermsView,
  Words,
} from './views.ts';

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max));
const none = v.strictObject({});
const amount = v.pipe(v.bigint(), v.minValue(0n), v.maxValue(2_100_000_000_000_000n));
const requestId = text(100);
/** 0: when the browser closes. */
const autoLockMinutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440));
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
  /** To a bitcoin address: from this purse only. */
  from: v.optional(v.picklist(['ark', 'onchain'])),
};

const coins = v.pipe(v.array(coinId), v.minLength(1), v.maxLength(100));
/** Ark coins that become bitcoin; without an address they go to Skiff's own. */
const move = {
  coins: v.union([coins, v.literal('all')]),
  address: v.optional(text(200)),
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
    autoLockMinutes,
    connection,
  }),
  unlock: v.strictObject({ password: text(1000) }),
  lock: none,
  revealWords: v.strictObject({ password: text(1000) }),
  /** They are in the clipboard from now on, for a minute. */
  wordsCopied: none,
  changePassword: v.strictObject({ old: text(1000), fresh: text(1000) }),
  setAutoLock: v.strictObject({ minutes: autoLockMinutes }),
  /** Everything of the wallet goes from this browser. While it is unlocked the password is needed. */
  wipe: v.strictObject({ password: v.optional(text(1000)) }),
  /** A report that can be pasted in public. */
  diagnostics: none,
  /** Settings that take effect by themselves. */
  choose: v.strictObject({
    notifyOnReceipt: v.optional(v.boolean()),
    notifyAmount: v.optional(v.boolean()),
    exitByItself: v.optional(v.boolean()),
    /** 0: the default of the network. */
    renewBlocks: v.optional(
      v.union([v.literal(0), v.pipe(v.number(), v.integer(), v.minValue(12), v.maxValue(2016))]),
    ),
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
  pay: v.strictObject({
    ...payment,
    maxTotal: amount,
    maxFee: v.optional(amount),
    comment: v.optional(text(1000)),
  }),
  /** Asks the host behind a Lightning address or LNURL what it takes: only when the person wants that. */
  terms: v.strictObject({ text: payment.text, way: payment.way }),
  receive: none,
  /** The address that a PSBT of another wallet is to pay. */
  boardPlace: none,
  /** What such a PSBT would move into Skiff, and doing that. Base64. */
  psbtQuote: v.strictObject({ psbt: text(400_000) }),
  boardPsbt: v.strictObject({ psbt: text(400_000) }),
  /** The offer to be paid under, set up if need be; `fresh`: another one. */
  ownOffer: v.strictObject({ fresh: v.boolean() }),
  /** How messages about offers travel. */
  offerLink: none,
  offerServer: none,
  /** A static-invoice server of one's own choice; empty: the Ark server's. */
  setOfferServer: v.strictObject({
    server: v.pipe(v.string(), v.maxLength(600)),
    paths: v.pipe(v.string(), v.maxLength(20_000)),
  }),
  makeInvoice: v.strictObject({ amount, memo: v.pipe(v.string(), v.maxLength(639)) }),
  cancelInvoice: v.strictObject({ hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  /** What it costs to take coins out through the chain: to be seen before it is done. */
  exitCost: v.strictObject({ coins }),
  startExit: v.strictObject({ coins }),
  cancelExit: v.strictObject({ coin: coinId }),
  /** What renewing these coins costs now, and the renewal for at most that. */
  renewCost: v.strictObject({ coins }),
  renew: v.strictObject({ coins, maxFee: amount }),
  /** What it costs to turn coins into bitcoin, and doing that for at most so much. */
  moveCost: v.strictObject(move),
  move: v.strictObject({ ...move, maxTotal: amount, maxFee: amount }),
  /** What each way to a bitcoin address would cost; asks the swap services of the settings. */
  compareMoves: v.strictObject({ text: payment.text, amount }),
  startSwap: v.strictObject({
    text: payment.text,
    amount,
    backend: v.picklist(['loop-http', 'boltz']),
    maxTotal: amount,
  }),
  swapServices: none,
  /** Empty: off. */
  setSwapServices: v.strictObject({
    loopHttp: v.union([v.literal(''), url]),
    boltz: v.union([v.literal(''), url]),
  }),
  /** Looks for the coins of the words once more. */
  recover: none,
  /** The report was read. */
  recoverySeen: none,
  /** Another copy of the seed has spent what is set aside. */
  acceptElsewhere: none,
  exportBackup: none,
  exitFile: none,
  importBackup: v.strictObject({ text: text(64 * 1024 * 1024) }),
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
  boardPlace: { address: string };
  psbtQuote: PsbtQuoteView;
  boardPsbt: { actionId: string };
  ownOffer: OwnOfferView;
  offerLink: OfferLinkView;
  offerServer: { server: string; paths: string };
  exitCost: ExitCostView;
  renewCost: RenewCostView;
  renew: { actionId: string };
  moveCost: MoveCostView;
  move: { actionId: string };
  exportBackup: FileView;
  exitFile: FileView;
  diagnostics: FileView;
  importBackup: TakenView;
  compareMoves: { ways: MoveWayView[] };
  /** Payment hash, hex; the row in the store says the rest. */
  startSwap: { hash: string };
  swapServices: { loopHttp: string; boltz: string };
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
