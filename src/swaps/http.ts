// Asking a swap service: JSON both ways, short answers, `{error}` for a refusal. Whatever comes back has its form checked
// here, and its meaning in verify.ts.
import * as v from 'valibot';
import { SkiffError, isSkiffError } from '../errors.ts';
import { request, type HttpAnswer } from '../http/fetch.ts';

const TIMEOUT_MS = 20_000;
/** Of a service's own words, shown to a person. */
const MOST_WORDS = 160;

export const misbehaved = (say: string, details?: Record<string, string | number | bigint>): SkiffError =>
  new SkiffError({ code: 'SWAP_MISBEHAVED', say, ...(details && { details }) });

const unreachable = (cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'SWAP_UNREACHABLE',
    say: 'The swap service cannot be reached right now.',
    retry: 'later',
    ...(cause !== undefined && { cause }),
  });

/** Plain words only: what a stranger writes must not look like anything else. */
const words = (text: string): string => text.replace(/[^\p{L}\p{N} .,:;%()/-]/gu, ' ').slice(0, MOST_WORDS);

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

export type Ask = <T>(path: string, form: v.GenericSchema<unknown, T>, body?: object) => Promise<T>;

/**
 * Asks the service under `base`; with a body it is a POST.
 * @throws SkiffError SWAP_UNREACHABLE, SWAP_REFUSED (details.status), SWAP_MISBEHAVED
 */
export const asking =
  (fetch: typeof globalThis.fetch, base: string): Ask =>
  async (path, form, body) => {
    let answer: HttpAnswer;
    try {
      answer = await request(fetch, `${base}${path}`, {
        timeoutMs: TIMEOUT_MS,
        ...(body && {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      });
    } catch (cause) {
      if (isSkiffError(cause, 'FENCED') || isSkiffError(cause, 'HTTP_REFUSED')) throw cause;
      throw unreachable(cause);
    }
    const value = parse(answer.body);
    if (answer.status >= 500 && answer.status !== 503) throw unreachable();
    if (answer.status >= 400) {
      const { error } = v.is(v.object({ error: v.string() }), value) ? value : { error: '' };
      throw new SkiffError({
        code: 'SWAP_REFUSED',
        say: error === '' ? 'The swap service refused.' : `The swap service refused: ${words(error)}`,
        details: { status: answer.status },
      });
    }
    const read = v.safeParse(form, value);
    if (!read.success) throw misbehaved('The swap service gave an answer that makes no sense.', { path });
    return read.output;
  };

export const hex = (bytes?: number) =>
  v.pipe(
    v.string(),
    v.regex(bytes === undefined ? /^([0-9a-f]{2})+$/ : new RegExp(`^[0-9a-f]{${2 * bytes}}$`)),
  );
/** Whole satoshi, or blocks. */
export const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
