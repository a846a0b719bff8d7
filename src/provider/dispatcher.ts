// From a checked message to a method and back. Nothing is decided here but which method it is.
import { SkiffError } from '../errors.ts';
import { isBlocked } from '../store/sites.ts';
import type { Call, Context } from './method.ts';
import { methods } from './methods/index.ts';
import { parse } from './schema.ts';

/** Runs one call of a page. @throws SkiffError UNSUPPORTED, INVALID_ARGUMENT, NO_WALLET or the method's own */
export async function dispatch(context: Context, name: string, call: Call<unknown>): Promise<unknown> {
  const method = methods.get(name);
  if (!method) throw new SkiffError({ code: 'UNSUPPORTED', say: `This wallet does not offer ${name}.` });
  const params = parse(method.params, call.params);
  if ((await context.ports.lockState()) === 'none')
    throw new SkiffError({ code: 'NO_WALLET', say: 'Skiff is installed, but has no wallet yet.' });
  if (!method.unblockable && (await context.ports.db.read(['sites'], (tx) => isBlocked(tx, call.site))))
    throw new SkiffError({ code: 'USER_REJECTED', say: 'You have blocked this site.' });
  return method.run(context, { ...call, params });
}
