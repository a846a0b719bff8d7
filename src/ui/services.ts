// What a screen may do, handed down by the entrypoint: ask the background, read the store live, and a few things only
// the browser can. Screens touch no global of the extension, so a story with made-up data shows them as they are.
import { getContext, setContext } from 'svelte';
import type { Send } from '../messaging/map.ts';
import type { LockState } from '../messaging/views.ts';
import type { MovementRow, RequestRow, SiteRow } from '../store/rows.ts';
import type { Balance } from '../wallet/coins/balance.ts';

/** Calls back with the present value and after every change, or with the error that prevents it. Returns the end of it. */
export type Live<T> = (value: (value: T) => void, failed: (e: unknown) => void) => () => void;

export interface Services {
  send: Send;
  /** When the first picture is on the screen: what can wait for that does. */
  painted: Promise<void>;
  lockState: Live<LockState>;
  balance: Live<Balance>;
  /** Newest first. */
  history(limit: number): Live<MovementRow[]>;
  movement(of: { id: number } | { actionId: string }): Live<MovementRow | undefined>;
  /** Questions of sites that wait, oldest first. */
  waiting: Live<RequestRow[]>;
  request(id: string): Live<RequestRow | undefined>;
  /** Those that are allowed, last used first. */
  sites: Live<SiteRow[]>;
  /** Asks the browser's permission to reach these hosts. Must run inside a click. */
  allowHosts(urls: string[]): Promise<boolean>;
  openWelcome(): void;
  closeWindow(): void;
  now(): number;
}

const key = Symbol('services');

export const provideServices = (services: Services): Services => setContext(key, services);
export const useServices = (): Services => getContext<Services>(key);
