// An Ark network in one process, for development and tests: regtest chain with Esplora, Ark server, Lightning nodes.
// One port speaks gRPC and gRPC-web (the Ark server), one HTTP (Esplora under / and /api, the control API under
// /control, Lightning addresses under /.well-known/lnurlp), one the loop-out service.
// NOT for real money.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Curve } from '../src/crypto/curve.ts';
import { nobleCurve } from '../src/crypto/noble.ts';
import { chainView } from './ark/chain-view.ts';
import type { ArkConfig } from './ark/config.ts';
import { startArkServer, type ArkServer } from './ark/server.ts';
import { createChain, createNodeChain, esplora, type NodeAddress } from './chain/index.ts';
import type { DevChain } from './chain/types.ts';
import { createClock, type Clock } from './clock.ts';
import { controlApi, type Command } from './control/api.ts';
import { controlHandler } from './control/http.ts';
import { createLnurlService, type LnurlService } from './lightning/lnurl.ts';
import { createLightning, type LightningNetwork } from './lightning/network.ts';
import { startDevSwaps, type DevSwaps } from './swaps/index.ts';
import type { SwapConfig } from './swaps/types.ts';

export interface DevnetOptions {
  /** 0 or left out: a free port. */
  readonly arkPort?: number;
  readonly httpPort?: number;
  /** Of the loop-out service: `standard` is the tutorial's 1008, or 11008 where that is not to be had. */
  readonly swapPort?: number | 'standard';
  /** Overrides of the loop-out service's settings. */
  readonly swaps?: Partial<SwapConfig>;
  /** 32 bytes that all keys of the devnet come from; random when left out. */
  readonly seed?: Uint8Array;
  /** Folder that keeps chain, coins and mailboxes from run to run; in memory when left out. Invoices are forgotten. */
  readonly dataDir?: string;
  /** A real node on regtest, by RPC, instead of the chain in this process. */
  readonly node?: NodeAddress;
  /** With every block, what has expired goes to the server. */
  readonly sweeps?: boolean;
  /** Mines a block this often; left out, only when asked to. */
  readonly blockEveryMs?: number;
  /** Plays a round every `roundIntervalSecs`; left out, only when asked to. */
  readonly rounds?: boolean;
  /** Overrides of the Ark server's settings. */
  readonly ark?: Partial<ArkConfig>;
  /** Instead of noble's. */
  readonly curve?: Curve;
}

export interface Devnet {
  readonly arkUrl: string;
  readonly esploraUrl: string;
  readonly controlUrl: string;
  readonly chain: DevChain;
  readonly ark: ArkServer;
  readonly lightning: LightningNetwork;
  readonly lnurl: LnurlService;
  readonly swaps: DevSwaps;
  readonly clock: Clock;
  /** The commands of the control API. */
  readonly control: Record<string, Command>;
  /** What the answer does: back to how it is now, clock and chain too. Nothing may be under way. */
  snapshot(): () => void;
  stop(): Promise<void>;
}

/** Starts everything and waits until both ports listen on 127.0.0.1. */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const clock = createClock();
  const now = () => clock.now();
  const curve = options.curve ?? nobleCurve;
  const seed = options.seed ?? new Uint8Array(randomBytes(32));
  const node = options.node && createNodeChain(options.node, { now });
  const chain: DevChain = node ?? createChain({ now, dataDir: options.dataDir });
  const lightning = createLightning({ curve, now, seed });
  const ark = await startArkServer({
    curve,
    chain: chainView(chain),
    lightning,
    seed,
    now,
    port: options.arkPort,
    config: options.ark,
    stateFile: options.dataDir && join(options.dataDir, 'ark-state.json'),
  });
  const lnurl = createLnurlService(lightning);
  const swaps = await startDevSwaps({
    chain,
    lightning,
    curve,
    seed,
    now,
    dataDir: options.dataDir,
    port: options.swapPort,
    config: options.swaps,
  });
  const control = controlApi({ chain, ark, lightning, lnurl, clock });
  const onControl = controlHandler(control);
  const onEsplora = esplora(chain);
  const http = createServer((req, res) => {
    if (!onControl(req, res) && !lnurl.handle(req, res)) onEsplora(req, res);
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.httpPort ?? 0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const miner = options.blockEveryMs && setInterval(() => chain.mine(1), options.blockEveryMs);
  const unwatch = options.sweeps ? sweepWithBlocks(chain, ark) : () => undefined;
  const rounds =
    options.rounds &&
    setInterval(() => void ark.round().catch(console.error), ark.config.roundIntervalSecs * 1000).unref();
  return {
    arkUrl: ark.url,
    esploraUrl: base,
    controlUrl: `${base}/control`,
    chain,
    ark,
    lightning,
    lnurl,
    swaps,
    clock,
    control,
    snapshot() {
      const ahead = () => clock.now() - Date.now();
      const [then, rewinds] = [ahead(), [chain, lightning, ark, swaps].map((part) => part.snapshot())];
      return () => {
        rewinds.forEach((rewind) => rewind());
        clock.advance(then - ahead());
      };
    },
    async stop() {
      if (miner) clearInterval(miner);
      if (rounds) clearInterval(rounds);
      unwatch();
      await swaps.stop();
      await ark.stop();
      await node?.stop();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Sweeps when all blocks of the moment are known, once for many. */
function sweepWithBlocks(chain: DevChain, ark: ArkServer): () => void {
  let due = false;
  return chain.onBlock(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      try {
        ark.sweep();
      } catch (e) {
        console.error('nothing was swept', e);
      }
    });
  });
}
