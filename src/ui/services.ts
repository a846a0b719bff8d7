// What a screen may do, handed down by the entrypoint: ask the background, read the store live, and a few things only
// the browser can. Screens touch no global of the extension, so a story with made-up data shows them as they are.
import { getContext, setContext } from 'svelte';
import type { Send } from '../messaging/map.ts';
import type { LockState } from '../messaging/views.ts';
import type { RecoveryNote, Tally } from '../store/meta.ts';
import type {
  ActionRow,
  CoinRow,
  ExitRow,
  InvoiceRow,
  MovementRow,
  RequestRow,
  SiteRow,
} from '../store/rows.ts';
import type { Settings } from '../store/settings.ts';
import type { SwapRow } from '../store/swap-row.ts';
import type { Balance } from '../wallet/coins/balance.ts';
import type { Ending, Renewal } from '../wallet/maintenance/ending.ts';
import type { ExportFile } from '../wallet/movements/export.ts';
import type { HistoryQuery } from '../wallet/movements/read.ts';

/** Calls back with the present value and after every change, or with the error that prevents it. Returns the end of it. */
export type Live<T> = (value: (value: T) => void, failed: (e: unknown) => void) => () => void;

export interface Tip {
  /** Of the newest block. */
  height: number;
  /** When it was seen, ms. */
  at: number;
}

/** The live coins, and what their life is measured with; both absent before the first contact with the servers. */
export interface Purse {
  coins: CoinRow[];
  tip?: Tip;
  /** Coins at this depth have to be renewed before they can pay. */
  maxExitDepth?: number;
  /** Under way. */
  renewals?: readonly Renewal[];
  /** Blocks before its end at which a coin is renewed. */
  renewBlocks?: number;
}

/** What a person should know of the wallet's state without asking. */
export interface Health {
  ending: Ending;
  /** Coins that another copy of the seed has spent. */
  elsewhere: Tally;
  /** Of a restored wallet. */
  recovery?: RecoveryNote;
}

export interface Services {
  send: Send;
  /** When the first picture is on the screen: what can wait for that does. */
  painted: Promise<void>;
  lockState: Live<LockState>;
  balance: Live<Balance>;
  /** Newest first. */
  history(limit: number): Live<MovementRow[]>;
  /** Lines of the history that fit, newest first. */
  find(query: HistoryQuery): Live<MovementRow[]>;
  movement(of: { id: number } | { actionId: string }): Live<MovementRow | undefined>;
  purse: Live<Purse>;
  health: Live<Health>;
  /** What is under way with this id; undefined when it has ended. */
  action(id: string): Live<ActionRow | undefined>;
  /** Absent before the first contact with a chain server. */
  tip: Live<Tip | undefined>;
  /** Coins that leave by the chain, or may have to. */
  exits: Live<ExitRow[]>;
  /** Invoices that can still be paid, newest first. */
  invoices: Live<InvoiceRow[]>;
  /** By payment hash, hex. */
  invoice(hash: string): Live<InvoiceRow | undefined>;
  /** A swap by its payment hash, hex. */
  swap(hash: string): Live<SwapRow | undefined>;
  settings: Live<Settings>;
  /** Questions of sites that wait, oldest first. */
  waiting: Live<RequestRow[]>;
  request(id: string): Live<RequestRow | undefined>;
  /** Those that are allowed, last used first. */
  sites: Live<SiteRow[]>;
  /** Asks the browser's permission to reach these hosts. Must run inside a click. */
  allowHosts(urls: string[]): Promise<boolean>;
  openWelcome(): void;
  /** The popup's page in a tab, with its scanner: only there can a browser ask for the camera. */
  openScanner(): void;
  /** Hands a file to the person. */
  save(file: ExportFile): void;
  closeWindow(): void;
  /** This page, from the start. */
  reload(): void;
  /** Keys that lock the wallet from anywhere in the browser, as they are set now; empty: none. */
  lockShortcut(): Promise<string>;
  now(): number;
}

const key = Symbol('services');

export const provideServices = (services: Services): Services => setContext(key, services);
export const useServices = (): Services => getContext<Services>(key);
