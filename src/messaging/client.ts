// The pages' side of the map.
import { SkiffError } from '../errors.ts';
import type { Send } from './map.ts';
import { pack, unpack, unpackError } from './wire.ts';
import type { Reply } from './wire.ts';

/**
 * A typed `send`. Rejects with the SkiffError that the background threw, or INTERNAL when nobody answered.
 * @param post the browser's `runtime.sendMessage`
 */
export function createSend(post: (message: unknown) => Promise<unknown>): Send {
  return async (command, request) => {
    const reply = (await post({ command, request: pack(request) })) as Reply | undefined;
    if (!reply)
      throw new SkiffError({
        code: 'INTERNAL',
        say: 'Skiff did not answer. Please try again.',
        retry: 'later',
      });
    if ('error' in reply) throw unpackError(reply.error);
    return unpack(reply.ok) as never;
  };
}
