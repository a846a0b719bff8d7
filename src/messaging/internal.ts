// The background's ear for the extension's own pages. A content script carries the extension's id too, so the id alone
// proves nothing: only a sender whose page lies under the extension's own origin is heard.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';
import { requests } from './map.ts';
import type { Command, Handlers } from './map.ts';
import { pack, packError, unpack } from './wire.ts';
import type { Reply } from './wire.ts';
import type { OnMessage, Sender } from './runtime.ts';

/** Is this message from one of our own pages? `root` is `chrome-extension://<id>/`. */
export const isOwnPage = (sender: Sender, id: string, root: string): boolean =>
  sender.id === id && sender.url !== undefined && sender.url.startsWith(root);

/**
 * Answers commands. Must be called synchronously at start-up, or the message that woke the worker is lost.
 * @param handlers looked up when a command arrives, so the wallet is only built when needed
 */
export function listenInternal(
  onMessage: OnMessage,
  own: { id: string; root: string },
  handlers: Handlers,
  failed: (command: string, e: unknown) => void,
): void {
  onMessage.addListener((message, sender, respond) => {
    if (!isOwnPage(sender, own.id, own.root)) return undefined;
    void answer(handlers, message, failed).then(respond);
    return true;
  });
}

/** One command from raw message to reply; never rejects. */
export async function answer(
  handlers: Handlers,
  message: unknown,
  failed: (command: string, e: unknown) => void,
): Promise<Reply> {
  const { command, request } = (message ?? {}) as { command?: unknown; request?: unknown };
  try {
    if (typeof command !== 'string' || !Object.hasOwn(requests, command))
      throw new SkiffError({ code: 'UNSUPPORTED', say: 'This part of Skiff does not know that command.' });
    const parsed = v.safeParse(requests[command as Command], unpack(request));
    if (!parsed.success)
      throw new SkiffError({
        code: 'INVALID_ARGUMENT',
        say: 'Something in that input is not as Skiff expects it.',
        details: { field: v.getDotPath(parsed.issues[0]) ?? command },
      });
    const handler = handlers[command as Command] as (request: unknown) => Promise<unknown>;
    return { ok: pack(await handler(parsed.output)) };
  } catch (e) {
    failed(String(command), e);
    return { error: packError(e) };
  }
}
