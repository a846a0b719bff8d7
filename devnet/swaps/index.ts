// The devnet's loop-out service: over its chain and its Lightning nodes, with a purse that the faucet fills.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Curve } from '../../src/crypto/curve.ts';
import { devChainSource } from '../chain/source.ts';
import type { DevChain } from '../chain/types.ts';
import type { LightningNetwork } from '../lightning/network.ts';
import { startSwapServer, type SwapServer } from './server.ts';
import { createSwapService } from './service.ts';
import { swapStore } from './store.ts';
import type { SwapConfig, SwapPorts } from './types.ts';

export interface DevSwaps extends SwapServer {
  /** Ends the service as a power cut would and starts it anew from what it had saved. */
  restart(): Promise<void>;
  /** What the answer does: back to how it is now. Nothing may be under way. */
  snapshot(): () => void;
}

export interface DevSwapsOptions {
  readonly chain: DevChain;
  readonly lightning: LightningNetwork;
  readonly curve: Curve;
  readonly seed: Uint8Array;
  /** ms. */
  readonly now: () => number;
  readonly dataDir?: string;
  readonly port?: number | 'standard';
  readonly config?: Partial<SwapConfig>;
}

/** Starts service and server; the server's address stays when the service is restarted. */
export async function startDevSwaps(options: DevSwapsOptions): Promise<DevSwaps> {
  const { chain, lightning, curve, seed, now, dataDir } = options;
  const store = swapStore(dataDir && join(dataDir, 'swaps.json'));
  const ports: SwapPorts = {
    curve,
    chain: devChainSource(chain),
    node: {
      holdInvoice: (request) => lightning.holdInvoice(request),
      hold: (hash) => lightning.hold(hash),
      settleHold: (preimage) => lightning.settleHold(preimage),
      cancelHold: (hash) => lightning.cancelHold(hash),
      tip: () => chain.height(),
    },
    store,
    now,
    random: (length) => new Uint8Array(randomBytes(length)),
    seed,
    log: () => undefined,
    topUp: (script, sats) => void chain.pay(script, sats),
  };
  const start = () => createSwapService(ports, options.config);
  let server = await startSwapServer(start(), options.port);
  const poke = () => void server.service.tick().catch(() => undefined);
  const unwatch = [chain.onBlock(poke), chain.onTransaction(poke)];
  return {
    get url() {
      return server.url;
    },
    get service() {
      return server.service;
    },
    get updates() {
      return server.updates;
    },
    dropNext: (prefix, what) => server.dropNext(prefix, what),
    dropNone: () => server.dropNone(),
    onCall: (listener) => server.onCall(listener),
    async restart() {
      const { port } = new URL(server.url);
      await server.stop();
      server = await startSwapServer(start(), Number(port));
    },
    snapshot() {
      const rewinds = [store.snapshot(), lightning.snapshotHolds()];
      return () => rewinds.forEach((rewind) => rewind());
    },
    async stop() {
      unwatch.forEach((end) => end());
      await server.stop();
    },
  };
}
