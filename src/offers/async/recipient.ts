// Runs the flow: one event after the other, and what an event changed is on disk before anything of it leaves. A crash in
// between loses messages, which the next tick sends again, and never a promise.
import type { Bytes } from '../../crypto/curve.ts';
import { flow, type Arrived, type FlowEvent, type FlowResult, type Outgoing, type Wanted } from './flow.ts';
import { LDK_LIMITS, type Limits } from './limits.ts';
import type { Surroundings } from './paths.ts';
import { FRESH, type AsyncState, type Fleeting } from './state.ts';

export interface RecipientPorts {
  load(): Promise<AsyncState>;
  /** Resolves when it is on disk. */
  save(state: AsyncState): Promise<void>;
  /** Hands a message over; may be lost. */
  send(message: Outgoing): void;
  /** Somebody wants to be answered with an invoice, or with the word that we are awake. */
  wanted(want: Wanted): void;
  around(): Surroundings;
  /** Unix seconds. */
  now(): number;
  random(length: number): Bytes;
}

export interface AsyncRecipient {
  /** Events in the order in which they come. @returns with `take-offer` the offer (encoded) */
  handle(event: FlowEvent): Promise<Bytes | undefined>;
  /** A message that came over a blinded path. */
  received(message: Arrived): Promise<void>;
  /** An offer (encoded) that can be paid while we sleep: a new one each time, as long as there are. Undefined: none yet. */
  takeOffer(): Promise<Bytes | undefined>;
  state(): Promise<AsyncState>;
  /** What the next life may forget, and the next run of this one should know. */
  fleeting(): Fleeting;
}

export function createAsyncRecipient(
  ports: RecipientPorts,
  limits: Limits = LDK_LIMITS,
  since: Fleeting = FRESH,
): AsyncRecipient {
  let fleeting = since;
  let queue: Promise<unknown> = Promise.resolve();

  async function run(event: FlowEvent): Promise<FlowResult> {
    const state = await ports.load();
    const input = {
      state,
      fleeting,
      now: ports.now(),
      seed: ports.random(32),
      around: ports.around(),
      limits,
    };
    const result = flow(input, event);
    if (result.persist) await ports.save(result.state);
    fleeting = result.fleeting;
    for (const message of result.send) ports.send(message);
    if (result.wanted) ports.wanted(result.wanted);
    return result;
  }

  /** One at a time: an event sees what the one before it left. */
  function inTurn(event: FlowEvent): Promise<FlowResult> {
    const mine = queue.then(() => run(event));
    queue = mine.catch(() => undefined);
    return mine;
  }

  return {
    handle: async (event) => (await inTurn(event)).offer,
    received: async (message) => void (await inTurn({ event: 'message', message })),
    takeOffer: async () => (await inTurn({ event: 'take-offer' })).offer,
    state: () => ports.load(),
    fleeting: () => fleeting,
  };
}
