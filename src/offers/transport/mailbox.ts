// Onion messages through the Ark server's mailbox: it keeps them while the wallet sleeps, as long as everything else there.
import type { Bytes } from '../../crypto/curve.ts';
import { writePacket } from '../../lightning/onion/packet.ts';
import type { ArkServer } from '../../server/connect.ts';
import type { OnionTransport } from './port.ts';

export interface MailboxParts {
  server(): Promise<ArkServer>;
  /** Files what waits at the server and works on it. */
  readMail(): Promise<unknown>;
}

/** @param gateway 33-byte key of the server's node */
export const mailboxTransport = (gateway: Bytes, { server, readMail }: MailboxParts): OnionTransport => ({
  gateway,
  async send(messages) {
    const to = await server();
    for (const { pathKey, packet } of messages)
      await to.sendOnionMessage({ pathKey, packet: writePacket(packet) });
  },
  async take() {
    await readMail();
  },
});
