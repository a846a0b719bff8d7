// Which way messages about offers travel: through the Ark server's mailbox, or over the Lightning node that the person chose.
import { toHex } from '../crypto/bytes.ts';
import { isSkiffError } from '../errors.ts';
import { chainHash } from '../lightning/bolt12/offer.ts';
import { writePacket } from '../lightning/onion/packet.ts';
import type { OnionMessage } from '../lightning/onion/message.ts';
import type { OfferPeer, OffersRow } from '../store/offer-rows.ts';
import { backoff } from '../wallet/mailbox/follow.ts';
import type { Sleep } from '../wallet/mailbox/stream.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { openContext } from './async/contexts.ts';
import { recipientKeys } from './edge/terms.ts';
import { writeOfferServer } from './offer-server.ts';
import { createPeerLink, type LinkState, type PeerLink } from './transport/link.ts';
import { mailboxTransport } from './transport/mailbox.ts';
import { createEnvelopes } from './transport/messenger.ts';
import type { OnionTransport } from './transport/port.ts';

/** What a person sees of it. */
export type OfferLink =
  | { via: 'mailbox' }
  /** `server`: node id and address. */
  | { via: 'peer'; server: string; state: LinkState };

type Row = Pick<OffersRow, 'peer' | 'terms'>;

export interface Courier {
  transport(row: Row): OnionTransport;
  /** Another server was chosen. */
  changed(): void;
  /** Keeps the connection to the chosen node until `signal` aborts; while none is chosen, waits for it. @throws SkiffError LOCKED */
  follow(signal: AbortSignal, sleep: Sleep): Promise<void>;
  link(row: Row | undefined): OfferLink;
  close(): void;
}

export interface CourierParts {
  load(): Promise<Row | undefined>;
  /** A connection to the chosen node was made. */
  connected(): void;
}

type Hands = Pick<Wallet, 'readMail' | 'fileOnion' | 'handleMail'>;

export function createCourier(deps: Deps, hands: () => Hands, { load, connected }: CourierParts): Courier {
  const { ports, config } = deps;
  const { curve } = ports;
  let present: { to: string; link: PeerLink } | undefined;
  let change = Promise.withResolvers<void>();

  function linkTo({ nodeId, url }: OfferPeer): PeerLink {
    /** Is it one that we should hear? Everything else is dropped before it takes up room. */
    const isOurs = (message: OnionMessage): boolean => {
      const { nodeSecret, contextKey } = recipientKeys(deps);
      const arrived = createEnvelopes({ curve, nodeSecret, random: ports.random }).unwrap(message);
      return arrived !== undefined && openContext(contextKey, arrived.pathId) !== undefined;
    };
    return createPeerLink(nodeId, {
      order: () => ({
        curve,
        nodeSecret: recipientKeys(deps).nodeSecret,
        ephemeral: ports.random(32),
        remote: nodeId,
        chain: chainHash(config.network),
        open: ports.stream(url),
      }),
      async file(message) {
        try {
          if (!isOurs(message)) return;
        } catch (error) {
          // The lock fell this moment: what came is kept, and looked at when it opens.
          if (!isSkiffError(error, 'LOCKED')) throw error;
        }
        await hands().fileOnion({ pathKey: message.pathKey, packet: writePacket(message.packet) });
      },
      work: () => hands().handleMail(),
      connected,
      now: ports.now,
      pauseAfter: (n) => backoff(deps, n),
    });
  }

  function linkOf(peer: OfferPeer): PeerLink {
    const to = `${toHex(peer.nodeId)}@${peer.url}`;
    if (present?.to === to) return present.link;
    present?.link.close();
    present = { to, link: linkTo(peer) };
    return present.link;
  }

  const close = (): void => {
    present?.link.close();
    present = undefined;
  };

  return {
    transport: ({ peer, terms }) =>
      peer
        ? linkOf(peer)
        : mailboxTransport(terms?.gateway ?? new Uint8Array(), {
            server: ports.server,
            readMail: () => hands().readMail(),
          }),

    changed() {
      close();
      change.resolve();
      change = Promise.withResolvers();
    },

    async follow(signal, sleep) {
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      while (!signal.aborted) {
        const changed = change.promise;
        const peer = (await load())?.peer;
        if (!peer) {
          await Promise.race([changed, aborted]);
          continue;
        }
        const until = new AbortController();
        void Promise.race([changed, aborted]).then(() => until.abort());
        await linkOf(peer).follow(until.signal, sleep);
      }
    },

    link: (row) =>
      row?.peer
        ? { via: 'peer', server: writeOfferServer(row.peer).server, state: linkOf(row.peer).state() }
        : { via: 'mailbox' },
    close,
  };
}
