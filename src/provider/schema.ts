// The two trust edges between a page and the background: what a page says to its bridge, and what a bridge (which a broken
// browser may have put in the page's hands) says to the background. What is not parsed here is not heard.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';
import { fits } from './limits.ts';

const method = v.pipe(v.string(), v.maxLength(40));
/** Checked again, for its meaning, by the method. */
const params = v.pipe(v.unknown(), v.check(fits, 'The argument cannot be passed on.'));

/** One call as a page sends it over its port. */
export const pageCall = v.object({ id: v.number(), method, params: v.optional(params) });

/** One call as it arrives on a bridge's port. */
export const bridgeCall = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  method,
  params,
  gesture: v.boolean(),
});

/** No parameters: `undefined` crosses JSON as null or not at all. */
export const noParams = v.pipe(
  v.nullish(v.unknown()),
  v.transform(() => ({})),
);

/** Parses or throws SkiffError INVALID_ARGUMENT with the first issue's sentence. */
export function parse<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new SkiffError({ code: 'INVALID_ARGUMENT', say: parsed.issues[0].message });
}
