// Who is asking. Only the browser's word counts (`sender`), never a field of the message. A site is the pair of top
// origin and frame origin; https is required, except on this machine. Opaque origins, file: and the like are refused.
import { SkiffError } from '../errors.ts';
import type { Sender } from '../messaging/runtime.ts';
import type { SiteRef } from '../store/rows.ts';

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Normalised origin (lower case, punycode, no default port) of a page that may talk to the wallet.
 * @throws SkiffError NOT_ENABLED for opaque origins, other schemes and plain http beyond this machine
 */
export function acceptOrigin(text: string | undefined): string {
  const url = text === undefined || text === 'null' ? null : URL.parse(text);
  const local = url?.protocol === 'http:' && LOCAL.has(url.hostname);
  if (!url || url.origin === 'null' || !(url.protocol === 'https:' || local))
    throw new SkiffError({
      code: 'NOT_ENABLED',
      say: 'Only pages loaded over https may ask this wallet for a payment.',
    });
  return url.origin;
}

/** The pair behind a port. @throws SkiffError NOT_ENABLED as {@link acceptOrigin}, for either of the two */
export function siteOf(sender: Sender | undefined): SiteRef {
  const frameOrigin = acceptOrigin(sender?.origin ?? sender?.url);
  const isTop = sender?.frameId === 0;
  return { topOrigin: isTop ? frameOrigin : acceptOrigin(sender?.tab?.url), frameOrigin };
}
