// Commands about being paid under offers: the offer to show, the server that answers for it, and the way to that server.
import type { Handlers } from '../messaging/map.ts';
import type { OfferLinkView } from '../messaging/views.ts';
import type { OfferLink } from '../offers/courier.ts';
import type { Host } from './host.ts';

type OfferCommand = 'ownOffer' | 'offerLink' | 'offerServer' | 'setOfferServer';

function linkView(link: OfferLink): OfferLinkView {
  if (link.via === 'mailbox') return link;
  const { host } = new URL(link.server.slice(link.server.indexOf('@') + 1));
  return { via: 'peer', server: host, is: link.state.is };
}

/** @param host of the present wallet, which a change of server replaces */
export const offerCommands = (host: Host): Pick<Handlers, OfferCommand> => ({
  async ownOffer({ fresh }) {
    const own = await (await host.wallet()).ownOffer(fresh);
    if (own.is !== 'ready') return own;
    const pending = own.offers.filter((one) => one.status === 'pending').length;
    return { is: 'ready', offer: own.offer, kept: own.offers.length - pending, pending };
  },

  offerLink: async () => linkView(await (await host.wallet()).offerLink()),

  offerServer: async () => (await (await host.wallet()).offerServer()) ?? { server: '', paths: '' },

  async setOfferServer({ server, paths }) {
    const isNone = server.trim() === '' && paths.trim() === '';
    await (await host.wallet()).chooseOfferServer(isNone ? undefined : { server, paths });
    return {};
  },
});
