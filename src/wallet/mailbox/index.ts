// The mailbox as the rest of the wallet sees it.

import type { Deps } from '../ports.ts';
import type { MailboxHooks } from './dispatch.ts';
import { followMailbox } from './follow.ts';
import { createInbox } from './inbox.ts';
import { fileOnion, type FiledOnion } from './intake.ts';
import { pullMailbox } from './pull.ts';
import type { Sleep } from './stream.ts';

/** Pause before the next ten pages. */
const NEXT_BURST_MS = 1_000;

export interface Mailbox {
  /** Files what waits at the server, then works on everything that is due. @returns whether the server has more */
  read(): Promise<'end' | 'more'>;
  /** Works on what is due in the inbox, and reads on where the last read stopped before the end. */
  wake(): Promise<void>;
  /** The keys are here: also works on what waited for them. */
  unlocked(): Promise<void>;
  /** Puts an onion message from elsewhere into the inbox; `wake` works on it. Resolves when it is on disk. */
  file(message: FiledOnion): Promise<void>;
  /** Hears messages as they come, until `signal` aborts; see {@link followMailbox}. */
  follow(signal: AbortSignal, sleep: Sleep): Promise<boolean>;
}

export function createMailbox(deps: Deps, hooks: MailboxHooks): Mailbox {
  const { ports } = deps;
  const inbox = createInbox(deps, hooks);
  let behind = false;
  let lastPlace = 0n;

  async function read(): Promise<'end' | 'more'> {
    // What was filed earlier gets its turn even when the server is out of reach.
    try {
      const reached = await pullMailbox(deps);
      behind = reached === 'more';
      return reached;
    } finally {
      await inbox.work();
      if (behind) ports.schedule(ports.now() + NEXT_BURST_MS);
    }
  }

  return {
    read,
    wake: async () => {
      if (behind) await read();
      else await inbox.work();
    },
    file: (message) => {
      // In the order of arrival, over all lives.
      const now = BigInt(ports.now()) << 20n;
      lastPlace = now > lastPlace ? now : lastPlace + 1n;
      return fileOnion(deps, message, lastPlace);
    },
    unlocked: inbox.unlocked,
    follow: (signal, sleep) => followMailbox(deps, { signal, sleep, pull: read, filed: inbox.work }),
  };
}
