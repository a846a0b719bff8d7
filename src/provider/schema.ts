// The trust edge between a page and the background: every message is parsed here, or it is not heard.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';

/** One call as it arrives on a bridge's port; `params` are checked by the method. */
export const bridgeCall = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  method: v.pipe(v.string(), v.maxLength(40)),
  params: v.unknown(),
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
