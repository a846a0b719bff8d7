// The service on a port: both APIs, updates by WebSocket. Listens on the tutorial's port 1008 where it may, else on 11008.
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { boltzApi } from './boltz-api.ts';
import { jsonServer } from './http.ts';
import { loopApi } from './loop-api.ts';
import type { SwapService } from './service.ts';
import { serveUpdates, type UpdateSockets } from './updates.ts';

/** The tutorial's port, and the one for those who may not use it. */
export const LOOP_PORT = 1008;
const FALLBACK_PORT = 11_008;

export interface SwapServer {
  /** `http://127.0.0.1:port`: the loop API lies under `/api`, the Boltz API under `/v2`. */
  readonly url: string;
  readonly service: SwapService;
  readonly updates: UpdateSockets;
  /**
   * The answer to the next request whose `METHOD /path` begins so is not sent: the service did it, the client never hears;
   * or the request itself is lost on its way.
   */
  dropNext(prefix: string, what?: 'answer' | 'request'): void;
  /** Whatever was still to be lost is not. */
  dropNone(): void;
  /** Called with each request (`METHOD /path`) that comes in; returns the way out. */
  onCall(listener: (call: string) => void): () => void;
  stop(): Promise<void>;
}

const listen = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

/** @param port 0: any free one; `standard`: 1008, or 11008 where that is taken or not allowed */
export async function startSwapServer(
  service: SwapService,
  port: number | 'standard' = 0,
): Promise<SwapServer> {
  const dropped: { prefix: string; what: 'answer' | 'request' }[] = [];
  const listeners = new Set<(call: string) => void>();
  /** Is this what was to be lost next? */
  const loses = (call: string, what: 'answer' | 'request'): boolean => {
    const at = dropped.findIndex((drop) => drop.what === what && call.startsWith(drop.prefix));
    if (at >= 0) dropped.splice(at, 1);
    return at >= 0;
  };
  const server = jsonServer([loopApi(service), boltzApi(service)], {
    arrives(call) {
      for (const listener of listeners) listener(call);
      return !loses(call, 'request');
    },
    leaves: (call) => !loses(call, 'answer'),
  });
  const updates = serveUpdates(server, service);
  if (port === 'standard') await listen(server, LOOP_PORT).catch(() => listen(server, FALLBACK_PORT));
  else await listen(server, port);
  await service.tick();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    service,
    updates,
    dropNext: (prefix, what = 'answer') => void dropped.push({ prefix, what }),
    dropNone: () => void dropped.splice(0),
    onCall(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      updates.cut('closed');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.stop();
    },
  };
}
