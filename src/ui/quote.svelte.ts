// A quote that follows what is typed: asked a moment after the last key, and an answer to an older question is dropped.
import type { QuoteView } from '../messaging/views.ts';

const PAUSE = 150;

export interface Quoting {
  readonly value: QuoteView | undefined;
  readonly error: unknown;
  readonly busy: boolean;
}

/** @param question what to quote, or undefined for nothing; reactive */
export function createQuote<Q>(
  question: () => Q | undefined,
  ask: (question: Q) => Promise<QuoteView>,
): Quoting {
  let value = $state.raw<QuoteView>();
  let error = $state.raw<unknown>();
  let busy = $state(false);
  $effect(() => {
    const q = question();
    error = undefined;
    busy = q !== undefined;
    if (q === undefined) {
      value = undefined;
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      ask(q)
        .then(
          (answer) => current && (value = answer),
          (e: unknown) => {
            if (!current) return;
            error = e;
            value = undefined;
          },
        )
        .finally(() => current && (busy = false));
    }, PAUSE);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  });
  return {
    get value() {
      return value;
    },
    get error() {
      return error;
    },
    get busy() {
      return busy;
    },
  };
}
