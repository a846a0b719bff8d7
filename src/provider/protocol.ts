// Words spoken between the page (webln-inpage), the bridge (webln.content) and the background. The bridge and the page
// object are loaded into every page, so this file holds types and three constants and imports nothing.

/** First message of the bridge to its own window; carries the only MessagePort there will ever be. */
export const HANDOVER = 'skiff:webln-port';
/** Name of the runtime port from the bridge to the background. */
export const PORT_NAME = 'webln';
/** Runtime message of the background to every bridge: the wallet was unlocked, ask again if you wait. */
export const UNLOCKED = 'skiff:unlocked';

/** Page → bridge. `id` is the page's own counter. */
export interface PageCall {
  id: number;
  method: string;
  params: unknown;
}

/** An error as the page gets it: `name` of the webln package's classes, `code` in NIP-47's words. */
export interface PageError {
  name: string;
  code: string;
  message: string;
}

/** Bridge → page. */
export type PageReply =
  { id: number; result: unknown } | { id: number; error: PageError } | { event: string };

/**
 * Bridge → background. `id` is drawn by the bridge and stays with the call: after the worker died the bridge sends the
 * same call again, and the background finds its request by it.
 */
export interface BridgeCall {
  id: string;
  method: string;
  params: unknown;
  /** Did a person just act in this frame? Told by the bridge, which the page cannot reach. */
  gesture: boolean;
}

/** Background → bridge. `parked`: nothing will happen until the wallet is unlocked, so do not keep the worker awake. */
export type BridgeReply =
  | { id: string; result: unknown }
  | { id: string; error: PageError }
  | { id: string; parked: true }
  | { event: string };
