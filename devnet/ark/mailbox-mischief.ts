// What a bad mailbox service can do to its readers, on demand: leave messages out of streams, repeat them, bring them in
// another order, end streams at any moment, find authorizations too old. And a count of the streams that are open.
// Messages of nonsense are posted like any other (kind `garbage` of the store).
import { Code, ConnectError } from '@connectrpc/connect';

/** How a stream ends: properly, with a status, with the status of a reset, or because its connection dies. */
export const STREAM_ENDS = ['end', 'error', 'reset', 'cut'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

export interface Mischief {
  /** The next `times` messages are left out of streams; reading finds them. */
  drop(times: number): void;
  /** Every message comes twice. */
  repeat(on: boolean): void;
  /** Each page and each batch of a stream is shuffled. */
  reorder(on: boolean): void;
  /** Streams end after as many messages as `messages()` says for each; undefined: no more. */
  breakAfter(messages: (() => number) | undefined, how?: StreamEnd): void;
  /** Ends every open stream now. */
  closeStreams(how?: StreamEnd): number;
  /** The next `times` authorizations are found too old. */
  expire(times: number): void;
  /** Streams open now, the most there ever were at a time, and how many were opened. */
  readonly streams: { open: number; most: number; opened: number };
}

/** One stream, as the service sees it. */
export interface StreamWatch {
  /** Aborts when the stream is to end. */
  readonly ended: AbortSignal;
  /** Is this message left out? */
  skips(): boolean;
  /** A message was sent. */
  sent(): void;
  /** Ends the stream as it was told to. @throws ConnectError */
  finish(cut: () => void): void;
  /** The stream is over. */
  close(): void;
}

export interface MischiefInside extends Mischief {
  open(): StreamWatch;
  arrange<T>(messages: readonly T[]): T[];
  /** Is this authorization found too old? */
  tooOld(): boolean;
}

function shuffled<T>(list: readonly T[]): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

export function createMischief(): MischiefInside {
  const open = new Set<(how: StreamEnd) => void>();
  const streams = { open: 0, most: 0, opened: 0 };
  let dropped = 0;
  let expired = 0;
  let twice = false;
  let mixed = false;
  let life: (() => number) | undefined;
  let howLifeEnds: StreamEnd = 'end';

  return {
    streams,
    drop: (times) => void (dropped = times),
    repeat: (on) => void (twice = on),
    reorder: (on) => void (mixed = on),
    breakAfter: (messages, how = 'end') => {
      life = messages;
      howLifeEnds = how;
    },
    closeStreams: (how = 'end') => {
      const all = [...open];
      for (const end of all) end(how);
      return all.length;
    },
    expire: (times) => void (expired = times),
    arrange: (messages) => {
      const list = twice ? messages.flatMap((m) => [m, m]) : [...messages];
      return mixed ? shuffled(list) : list;
    },
    tooOld: () => expired > 0 && expired-- > 0,
    open: () => {
      const over = new AbortController();
      let how: StreamEnd | undefined;
      let left = life?.();
      const end = (wanted: StreamEnd) => {
        how ??= wanted;
        over.abort();
      };
      open.add(end);
      streams.opened += 1;
      streams.open = open.size;
      streams.most = Math.max(streams.most, open.size);
      return {
        ended: over.signal,
        skips: () => dropped > 0 && dropped-- > 0,
        sent: () => {
          if (left !== undefined && --left <= 0) end(howLifeEnds);
        },
        finish: (cut) => {
          if (how === 'cut') cut();
          if (how === 'error') throw new ConnectError('the stream was ended', Code.Unavailable);
          if (how === 'reset') throw new ConnectError('h2 protocol error: stream reset', Code.Internal);
        },
        close: () => {
          open.delete(end);
          streams.open = open.size;
        },
      };
    },
  };
}
