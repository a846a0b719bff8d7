// The mailbox while the wallet is locked: a pass that was minted while it was not, good for a day at most, in
// `storage.session` (memory, trusted contexts, gone with the browser) and nowhere else. The pass names no server, so it
// is handed out for the server only that it was kept for.
import * as v from 'valibot';
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { MailboxPass } from '../wallet/mailbox/pass.ts';
import type { ExtensionApi } from './browser.ts';

const NAME = 'mailboxPass';

/** The server that may see the pass: its address and its pinned key (hex). */
export interface PassServer {
  arkUrl: string;
  serverPubkey: string;
}

const hex = (bytes: number) => v.pipe(v.string(), v.regex(/^[0-9a-f]*$/), v.length(2 * bytes));
const KeptSchema = v.object({
  arkUrl: v.string(),
  serverPubkey: hex(33),
  mailboxId: hex(33),
  authorization: hex(105),
  /** ms since 1970. */
  until: v.number(),
});

export interface KeptPass {
  get(server: PassServer): Promise<MailboxPass | undefined>;
  /** When the pass for this server ends; undefined when there is none. */
  until(server: PassServer): Promise<number | undefined>;
  keep(server: PassServer, pass: MailboxPass, until: number): Promise<void>;
  drop(): Promise<void>;
}

export function createKeptPass({ storage: { session } }: Pick<ExtensionApi, 'storage'>): KeptPass {
  const load = async ({ arkUrl, serverPubkey }: PassServer) => {
    const found = v.safeParse(KeptSchema, (await session.get(NAME))[NAME]);
    if (!found.success) return undefined;
    const { output } = found;
    return output.arkUrl === arkUrl && output.serverPubkey === serverPubkey ? output : undefined;
  };
  return {
    async get(server) {
      const kept = await load(server);
      if (!kept) return undefined;
      return { mailboxId: fromHex(kept.mailboxId), authorization: fromHex(kept.authorization) };
    },
    until: async (server) => (await load(server))?.until,
    keep: ({ arkUrl, serverPubkey }, { mailboxId, authorization }, until) =>
      session.set({
        [NAME]: {
          arkUrl,
          serverPubkey,
          mailboxId: toHex(mailboxId),
          authorization: toHex(authorization),
          until,
        },
      }),
    drop: () => session.remove(NAME),
  };
}
