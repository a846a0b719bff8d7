// The connection to a node that carries our messages over BOLT 8: made when it is needed, kept for as long as somebody
// follows it, made again after growing pauses. What comes in is on disk before anything is done with it; while there is no
// connection the node stores what it is willing to store.
import type { Bytes } from '../../crypto/curve.ts';
import type { SkiffError } from '../../errors.ts';
import { isSkiffError } from '../../errors.ts';
import type { OnionMessage } from '../../lightning/onion/message.ts';
import type { Sleep } from '../../wallet/mailbox/stream.ts';
import { connectPeer, type Peer, type PeerOrder } from './bolt8.ts';
import type { OnionTransport } from './port.ts';

/** How the connection is doing. */
export type LinkState =
  | { is: 'connected' | 'connecting' | 'idle' }
  /** It failed; `retryAt` (ms): when it is tried again. */
  | { is: 'away'; problem: string; retryAt?: number };

export interface LinkParts {
  /** For one connection, made anew. @throws SkiffError LOCKED */
  order(): Omit<PeerOrder, 'signal'>;
  /** Puts a message on disk; those after it wait. */
  file(message: OnionMessage): Promise<void>;
  /** Works on what was filed. */
  work(): Promise<void>;
  /** A connection was made. */
  connected(): void;
  /** ms. */
  now(): number;
  /** Pause after failure number `n` (1, 2, …) in a row, ms. */
  pauseAfter(n: number): number;
}

export interface PeerLink extends OnionTransport {
  /** Keeps the connection until `signal` aborts. @throws SkiffError LOCKED */
  follow(signal: AbortSignal, sleep: Sleep): Promise<void>;
  state(): LinkState;
  close(): void;
}

/** How long the other end may take for the handshake, or for a pong. */
const PATIENCE_MS = 15_000;
/** What was stored for us comes by itself, this soon after the connection was made … */
const STORED_MS = 1_000;
/** … and an answer to a question of ours this soon. */
const ANSWER_MS = 5_000;
/** Pause after the last message of several. */
const LULL_MS = 200;
/** A connection that held this long was a good one. */
const HELD_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @param gateway 33-byte key of the node at the other end */
export function createPeerLink(gateway: Bytes, parts: LinkParts): PeerLink {
  let connecting: Promise<Peer> | undefined;
  let over = Promise.withResolvers<void>();
  let state: LinkState = { is: 'idle' };
  let isFresh = false;
  let heard = 0;
  let news = Promise.withResolvers<void>();
  let filing: Promise<unknown> = Promise.resolve();
  let closer: AbortController | undefined;

  function received(message: OnionMessage): void {
    filing = filing
      .then(() => parts.file(message))
      .catch(() => undefined)
      .then(() => {
        heard += 1;
        news.resolve();
        news = Promise.withResolvers();
        void parts.work().catch(() => undefined);
      });
  }

  function ended(problem?: SkiffError): void {
    connecting = undefined;
    state = { is: 'away', problem: problem?.code ?? 'RECIPIENT_UNREACHABLE' };
    over.resolve();
    over = Promise.withResolvers();
  }

  async function connect(): Promise<Peer> {
    state = { is: 'connecting' };
    const mine = (closer = new AbortController());
    const tooLong = setTimeout(() => mine.abort(), PATIENCE_MS);
    try {
      const peer = await connectPeer(
        { ...parts.order(), signal: mine.signal },
        { received, closed: (why) => mine === closer && ended(why) },
      );
      state = { is: 'connected' };
      isFresh = true;
      parts.connected();
      return peer;
    } catch (error) {
      if (mine === closer) ended(isSkiffError(error) ? error : undefined);
      throw error;
    } finally {
      clearTimeout(tooLong);
    }
  }

  /** The connection there is, or one that is made now. */
  const peer = (): Promise<Peer> => (connecting ??= connect());

  /** The other end has read everything, or is gone. */
  async function confirmed(one: Peer): Promise<void> {
    const tooLong = setTimeout(() => one.close(), PATIENCE_MS);
    try {
      await one.flush();
    } finally {
      clearTimeout(tooLong);
    }
  }

  function close(): void {
    closer?.abort();
    closer = undefined;
    connecting = undefined;
    state = { is: 'idle' };
    over.resolve();
    over = Promise.withResolvers();
  }

  return {
    gateway,
    close,
    state: () => state,

    async send(messages) {
      if (messages.length === 0) return;
      const one = await peer();
      messages.forEach(one.send);
      await confirmed(one);
    },

    async take(expecting = false) {
      const one = await peer();
      const wasFresh = isFresh;
      isFresh = false;
      await confirmed(one);
      // What is stored comes after the connection, what was asked for after the question; else all has been heard.
      let wait = expecting ? ANSWER_MS : wasFresh ? STORED_MS : 0;
      while (wait > 0) {
        const before = heard;
        await Promise.race([news.promise, pause(wait)]);
        wait = heard > before ? LULL_MS : 0;
      }
      await filing;
      await parts.work();
    },

    async follow(signal, sleep) {
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      for (let failures = 0; !signal.aborted;) {
        const began = parts.now();
        const end = over.promise;
        try {
          await peer();
          await Promise.race([end, aborted]);
        } catch (error) {
          if (signal.aborted || !isSkiffError(error)) throw error;
          if (error.code === 'LOCKED' || error.code === 'FENCED') throw error;
        }
        if (signal.aborted) break;
        failures = parts.now() - began >= HELD_MS ? 0 : failures + 1;
        if (failures === 0) continue;
        const rest = parts.pauseAfter(failures);
        if (state.is === 'away') state = { ...state, retryAt: parts.now() + rest };
        await sleep(rest, signal);
      }
      close();
    },
  };
}
