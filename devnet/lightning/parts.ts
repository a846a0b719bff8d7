// Payments of one invoice in parts (BOLT 4 `total_msat`), also by several payers: what has arrived waits until the sum is
// the invoice's amount, then everything is taken; what waits too long goes back.
import type { PayRequest, PaymentResult } from './network.ts';

/** As real nodes have it. */
const MPP_TIMEOUT_MS = 60_000;

interface Part {
  readonly amountMsat: bigint;
  readonly end: (result: PaymentResult) => void;
}

interface Gathering {
  readonly parts: Set<Part>;
  readonly timer: NodeJS.Timeout;
}

export interface Parts {
  /** Millisatoshi of each part that waits for the rest. Payment hash in hex. */
  waitingParts(paymentHash: string): readonly bigint[];
  /** How long a part waits for the others. */
  setPartTimeout(ms: number): void;
}

export function createParts(): Parts & {
  /** Holds a part back until it is complete with others, which `take` takes, or fails with them. */
  gather(
    paymentHash: string,
    request: PayRequest,
    totalMsat: bigint,
    take: () => Promise<PaymentResult>,
  ): Promise<PaymentResult>;
} {
  const gatherings = new Map<string, Gathering>();
  let timeout = MPP_TIMEOUT_MS;

  function endAll(hash: string, result: PaymentResult): void {
    const gathering = gatherings.get(hash);
    if (!gathering) return;
    gatherings.delete(hash);
    clearTimeout(gathering.timer);
    gathering.parts.forEach((part) => part.end(result));
  }

  const begin = (hash: string): Gathering => ({
    parts: new Set(),
    timer: setTimeout(() => endAll(hash, { failed: 'RETRIES_EXHAUSTED' }), timeout).unref(),
  });

  return {
    waitingParts: (hash) => [...(gatherings.get(hash)?.parts ?? [])].map((part) => part.amountMsat),
    setPartTimeout: (ms) => void (timeout = ms),
    async gather(hash, { amountMsat, signal }, totalMsat, take) {
      const gathering = gatherings.get(hash) ?? begin(hash);
      gatherings.set(hash, gathering);
      const { promise, resolve } = Promise.withResolvers<PaymentResult>();
      const part = { amountMsat, end: resolve };
      const sum = [...gathering.parts].reduce((total, one) => total + one.amountMsat, amountMsat);
      if (sum > totalMsat) return { failed: 'DESTINATION_REJECTED' };
      gathering.parts.add(part);
      const leave = () => (gathering.parts.delete(part), resolve({ failed: 'OTHER' }));
      signal?.addEventListener('abort', leave, { once: true });
      if (sum === totalMsat) {
        clearTimeout(gathering.timer);
        endAll(hash, await take());
      }
      return promise;
    },
  };
}
