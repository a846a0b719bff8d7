// signMessage(): a signature over a text of the site, such as a log-in. The person reads the text and is asked each time.
// The key belongs to this pair of origins alone and can spend nothing (src/wallet/messages.ts).
import * as v from 'valibot';
import { completeRequest } from '../../store/requests.ts';
import { enableSite } from '../../store/sites.ts';
import { messageText } from '../message-text.ts';
import { method } from '../method.ts';

export interface SignParams {
  message: string;
}

/**
 * Wallets that derive their LNURL logins from a signature (LUD-13) do it over one phrase, which says so itself: whoever has
 * that signature has the logins. Skiff does not; what a site wants with the phrase can only be harm.
 */
const FORBIDDEN = /do\s+not\s+ever\s+sign\s+this\s+text/i;

export const signMessage = method({
  name: 'signMessage',
  params: v.pipe(
    messageText,
    v.check((text) => !FORBIDDEN.test(text), 'This text says itself that it must never be signed.'),
  ),
  listed: true,

  run: ({ queue }, call) =>
    queue.ask({
      ...call,
      method: 'signMessage',
      params: { message: call.params } satisfies SignParams,
    }),

  async approve({ ports, queue }, row) {
    const { message } = row.params as SignParams;
    const site = { topOrigin: row.topOrigin, frameOrigin: row.frameOrigin };
    const signature = await ports.payer.signMessage(site, message);
    await queue.finish(row.id, ['sites'], async (tx) => {
      await enableSite(tx, site, ports.now());
      return completeRequest(tx, row.id, { message, signature }, ports.now());
    });
    return {};
  },
});
