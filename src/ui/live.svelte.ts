// A live source as a rune: `value` while it lasts, `error` when it cannot be read, both undefined while loading.
import type { Live } from './services.ts';

export interface Following<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/** Follows `source()`, anew whenever something reactive it reads has changed. Call while a component is set up. */
export function follow<T>(source: () => Live<T>): Following<T> {
  let value = $state.raw<T>();
  let error = $state.raw<unknown>();
  let loading = $state(true);
  $effect(() =>
    source()(
      (next) => {
        value = next;
        error = undefined;
        loading = false;
      },
      (e) => {
        error = e ?? new Error('unreadable');
        loading = false;
      },
    ),
  );
  return {
    get value() {
      return value;
    },
    get error() {
      return error;
    },
    get loading() {
      return loading;
    },
  };
}
