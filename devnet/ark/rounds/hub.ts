// What rounds keep in memory only: their events and who listens, the attempt under way, nonces for forfeits.
import type { HandlerContext } from '@connectrpc/connect';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LeafSpec } from '../../../src/ark/tree-spec.ts';
import type { VtxoTree } from '../../../src/ark/tree-transactions.ts';
import type { NoncePair } from '../../../src/crypto/curve.ts';
import type { RoundEventSchema } from '../../../src/server/gen/bark_server_pb.js';
import { notFound } from '../../grpc/status.ts';
import type { Participation } from '../state.ts';

export type RoundEvent = MessageInitShape<typeof RoundEventSchema>;

/** A leaf of the round that is being made. */
export interface Seat {
  readonly leaf: LeafSpec;
  /** Public nonces of an interactive participant, one for each level. */
  readonly nonces?: readonly Uint8Array[];
}

/** Sign-ups are taken. */
export interface Collecting {
  readonly challenge: Uint8Array;
  readonly seats: Seat[];
  /** Those who signed up for this attempt. */
  readonly interactive: Participation[];
  /** Inputs of a cosign key (hex): who does not sign is not let in again. */
  readonly inputsOf: Map<string, readonly string[]>;
  /** Inputs that later attempts of the round are open to; undefined for the first. */
  readonly allowed?: ReadonlySet<string>;
  /** Ends the wait. */
  full(): void;
}

/** Interactive participants sign the tree. */
export interface Signing {
  readonly tree: VtxoTree;
  readonly seats: readonly Seat[];
  readonly aggregateNonces: readonly Uint8Array[];
  /** Shares by leaf. */
  readonly shares: Map<number, readonly Uint8Array[]>;
  readonly wanted: number;
  full(): void;
}

export interface Rounds {
  seq: bigint;
  last?: RoundEvent;
  readonly listeners: Set<(event: RoundEvent) => void>;
  collecting?: Collecting;
  signing?: Signing;
  /** The round under way. */
  playing?: Promise<string | undefined>;
  /** The server's nonces for the forfeit of a coin, made for one unlock hash (hex). */
  readonly forfeitNonces: Map<
    string,
    { readonly unlockHash: string; readonly nonce: NoncePair; readonly at: number }
  >;
  /** Milliseconds. */
  nextAt: number;
}

export const createRounds = (now: number): Rounds => ({
  seq: BigInt(Math.floor(now / 1000)),
  listeners: new Set(),
  forfeitNonces: new Map(),
  nextAt: now,
});

/** Tells everybody. An empty round leaves nothing for those who come later. */
export function announce(rounds: Rounds, event: RoundEvent, lasting = true): void {
  rounds.last = lasting ? event : undefined;
  for (const tell of rounds.listeners) tell(event);
}

/** LastRoundEvent. @throws ConnectError NOT_FOUND */
export function lastEvent(rounds: Rounds): RoundEvent {
  if (rounds.last === undefined) throw notFound('no round event yet', []);
  return rounds.last;
}

/** SubscribeRounds: the last event that still matters, then all that come. */
export async function* subscribe(rounds: Rounds, { signal }: HandlerContext): AsyncGenerator<RoundEvent> {
  const queue: RoundEvent[] = rounds.last ? [rounds.last] : [];
  let wake = () => {};
  const tell = (event: RoundEvent) => {
    queue.push(event);
    wake();
  };
  const leave = () => wake();
  rounds.listeners.add(tell);
  signal.addEventListener('abort', leave);
  try {
    while (!signal.aborted) {
      const event = queue.shift();
      if (event) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    rounds.listeners.delete(tell);
    signal.removeEventListener('abort', leave);
  }
}
