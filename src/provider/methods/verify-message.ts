// verifyMessage(): was this text signed here, for this site? Nobody is asked. From almost any signature *some* key can be
// recovered, so a wallet without a list of known nodes can vouch for one key only: the one that it signs with for the site.
import * as v from 'valibot';
import { SkiffError } from '../../errors.ts';
import { messageText } from '../message-text.ts';
import { method } from '../method.ts';
import { requirePermission } from '../permissions.ts';

const params = v.object({
  signature: v.pipe(v.string('The signature must be a string.'), v.maxLength(200, 'This is no signature.')),
  message: messageText,
});

export const verifyMessage = method({
  name: 'verifyMessage',
  params,
  listed: true,
  async run({ ports }, { site, params: { signature, message } }) {
    await requirePermission(ports.db, site, 'verifyMessage');
    if ((await ports.lockState()) !== 'unlocked')
      throw new SkiffError({ code: 'LOCKED', say: 'The wallet is locked.', retry: 'later' });
    if (await ports.payer.verifyMessage(site, message, signature)) return undefined;
    throw new SkiffError({
      code: 'INVALID_SIGNATURE',
      say: 'This wallet has not signed that message for this site.',
    });
  },
});
