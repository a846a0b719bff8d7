// The devnet's Ark server: state in memory, one port, faults and a record of calls for tests.
// NOT for real money: keys come from a seed that lies beside it, nothing watches the chain for cheaters by itself.
import { randomBytes } from 'node:crypto';
import type { ConnectRouter } from '@connectrpc/connect';
import type { Curve } from '../../src/crypto/curve.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { createFaults, type Faults } from '../grpc/faults.ts';
import { checkUserAgent } from '../grpc/headers.ts';
import { listenBoth, type Listening } from '../grpc/listen.ts';
import { grpcHandler } from '../grpc/routes.ts';
import type { LightningNetwork } from '../lightning/network.ts';
import { remember } from '../snapshot.ts';
import { bump } from './bump.ts';
import { DEFAULT_CONFIG, type ArkConfig } from './config.ts';
import type { ArkContext, ChainView, KeyPair } from './context.ts';
import { createOfferPayer, type OfferPayer } from './edge/payer.ts';
import { startOutsideServer, type OutsideServer } from './edge/outside.ts';
import { edgeRoutes } from './edge/routes.ts';
import { emptyEdge } from './edge/state.ts';
import { createMischief, type Mischief } from './mailbox-mischief.ts';
import { createMailboxStore, type MailboxStore } from './mailbox-store.ts';
import { createNonceLog, type NonceLog } from './nonces.ts';
import { createRounds } from './rounds/hub.ts';
import { playRound } from './rounds/play.ts';
import { arkRoutes } from './service.ts';
import { loadState, saveState } from './persist.ts';
import { expireReceives, reopenReceives } from './receives.ts';
import { emptyState, type ArkState } from './state.ts';
import { bringOut, takeForfeited } from './forfeits.ts';
import { sweepExpired } from './sweep.ts';

export interface ArkServerOptions {
  readonly curve: Curve;
  readonly chain: ChainView;
  readonly lightning: LightningNetwork;
  /** 32 bytes that the server's keys are derived from. */
  readonly seed: Uint8Array;
  /** Milliseconds. */
  readonly now: () => number;
  readonly port?: number;
  readonly config?: Partial<ArkConfig>;
  /** File that keeps the state from run to run; in memory when left out. */
  readonly stateFile?: string;
}

export interface ArkServer {
  readonly port: number;
  readonly url: string;
  /** Live settings: a change applies to the next call. */
  readonly config: ArkConfig;
  readonly faults: Faults;
  readonly state: ArkState;
  readonly mailboxes: MailboxStore;
  /** What the mailbox service does wrong. */
  readonly mischief: Mischief;
  /** Every public nonce that reached the server; `repeats` must stay empty. */
  readonly nonces: NonceLog;
  /** Pays offers on demand. */
  readonly offerPayer: OfferPayer;
  /** What the Ark server's own static-invoice server holds, encoded. */
  keptInvoices(): Uint8Array[];
  /** A static-invoice server of somebody else's, reached over BOLT 8. */
  readonly outside: OutsideServer;
  readonly serverPubkey: Uint8Array;
  readonly mailboxPubkey: Uint8Array;
  /** Refuses a coin as an input below `height`; undefined lifts it. */
  ban(vtxoId: string, height: number | undefined): void;
  /** Plays a round now; its transaction's id, or nothing when nobody took part. */
  round(): Promise<string | undefined>;
  /** Ends the sign-up of the round under way now. */
  closeSignUp(): void;
  /** Ends the wait for signatures of the round under way now. */
  closeSigning(): void;
  /** Takes what has expired; the transaction's id, or nothing when there is nothing on the chain to take. */
  sweep(): string | undefined;
  /**
   * Publishes forfeits of coins that are on the chain, and takes with the preimage what published ones hold; `keep`: does not.
   * The transactions' ids.
   */
  takeForfeited(how: 'take' | 'keep'): string[];
  /** Brings a coin onto the chain, whoever's it is. */
  bringOut(vtxoId: string): void;
  /** Sends a transaction that pays no fee with a child that does, as any tool with some bitcoin can. Mines a block. */
  bump(signed: Uint8Array): void;
  /** Cuts every connection and closes the port. State stays: {@link ArkServer.restart} goes on with it. */
  crash(): Promise<void>;
  /** Opens the same port again. */
  restart(): Promise<void>;
  /** What the answer does: back to how it is now. Nothing may be under way; the record of nonces stays. */
  snapshot(): () => void;
  /** Open connections now. */
  connections(): number;
  /** Ends it for good; the state is saved where there is a file for it. */
  stop(): Promise<void>;
}

function keyPair(curve: Curve, seed: Uint8Array, purpose: string): KeyPair {
  const secret = sha256(new TextEncoder().encode(`devnet ark ${purpose}`), seed);
  return { secret, public: curve.publicKey(secret) };
}

/** Starts the server and waits until it listens. */
export async function startArkServer(options: ArkServerOptions): Promise<ArkServer> {
  const { curve, now, seed } = options;
  const config: ArkConfig = { ...DEFAULT_CONFIG, ...options.config };
  const { stateFile } = options;
  const { state, rows } = stateFile ? loadState(curve, stateFile) : { state: emptyState(), rows: [] };
  const ctx: ArkContext = {
    curve,
    config,
    chain: options.chain,
    lightning: options.lightning,
    serverKey: keyPair(curve, seed, 'server key'),
    mailboxKey: keyPair(curve, seed, 'mailbox key'),
    purseKey: keyPair(curve, seed, 'purse key'),
    edgeKey: keyPair(curve, seed, 'lightning edge'),
    edge: emptyEdge(),
    state,
    mailboxes: createMailboxStore(now, () => config.maxReadMailboxItems, rows),
    mischief: createMischief(),
    nonces: createNonceLog(),
    rounds: createRounds(now()),
    offboards: new Map(),
    inFlux: new Set(),
    pledged: new Set(),
    now,
    random: (length) => new Uint8Array(randomBytes(length)),
  };
  const save = () => {
    if (stateFile) saveState(stateFile, state, ctx.mailboxes);
  };
  // A devnet that is killed loses what happened since the last second.
  const saver = stateFile ? setInterval(save, 1000).unref() : undefined;
  // Payers out in the network have no call that could remind us of the time.
  const limits = setInterval(() => expireReceives(ctx), 500).unref();
  const faults = createFaults(now);
  // The last interceptor is the outermost: faults see every call, also those that are refused.
  const routes = (router: ConnectRouter) => [arkRoutes(ctx), edgeRoutes(ctx)].forEach((add) => add(router));
  const handler = grpcHandler(routes, [checkUserAgent, faults.interceptor], now);
  let listening: Listening | undefined = await listenBoth(handler, options.port ?? 0);
  const { port } = listening;
  const outside = await startOutsideServer(ctx, keyPair(curve, seed, 'static-invoice server elsewhere'));
  reopenReceives(ctx);
  const crash = async () => {
    await listening?.close();
    listening = undefined;
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    config,
    faults,
    state: ctx.state,
    mailboxes: ctx.mailboxes,
    mischief: ctx.mischief,
    nonces: ctx.nonces,
    offerPayer: createOfferPayer(ctx),
    keptInvoices: () => [...ctx.edge.invoices.values()].map(({ invoice }) => invoice),
    outside,
    serverPubkey: ctx.serverKey.public,
    mailboxPubkey: ctx.mailboxKey.public,
    ban(vtxoId, height) {
      const row = ctx.state.vtxos.get(vtxoId);
      if (row) row.bannedUntil = height;
    },
    snapshot() {
      const { offboards, inFlux, pledged } = ctx;
      const [rewindState, rewindMail] = [
        remember([state, offboards, inFlux, pledged, ctx.edge]),
        ctx.mailboxes.snapshot(),
      ];
      return () => (rewindState(), rewindMail());
    },
    round: () => playRound(ctx),
    closeSignUp: () => ctx.rounds.collecting?.full(),
    closeSigning: () => ctx.rounds.signing?.full(),
    sweep: () => sweepExpired(ctx),
    takeForfeited: (how) => takeForfeited(ctx, how),
    bringOut: (id) => bringOut(ctx, id),
    bump: (signed) => bump(ctx, signed),
    crash,
    async stop() {
      clearInterval(saver);
      clearInterval(limits);
      await crash();
      await outside.stop();
      save();
    },
    async restart() {
      listening ??= await listenBoth(handler, port);
    },
    connections: () => listening?.connections() ?? 0,
  };
}
