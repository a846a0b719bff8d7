// Two tiny assertions that work under any test runner and in a browser page.
import { isSkiffError } from '../../../src/errors.ts';

const show = (v: unknown) =>
  JSON.stringify(v, (_k, x: unknown) =>
    typeof x === 'bigint' ? `${x}n` : x instanceof Uint8Array ? `bytes:${[...x]}` : x,
  );
export function same(got: unknown, want: unknown): void {
  if (show(got) !== show(want)) throw new Error(`got ${show(got)}, want ${show(want)}`);
}
export async function fails(work: Promise<unknown>, code: string): Promise<void> {
  const outcome = await work.then(
    () => 'no error',
    (e: unknown) => (isSkiffError(e) ? e.code : String(e)),
  );
  same(outcome, code);
}
