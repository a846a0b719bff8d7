// The page side of the LDK proofs: a recipient whose methods the test calls by name.
import { webSockets } from '../../src/http/stream.ts';
import { createRecipient, type Recipient } from './recipient.ts';

let recipient: Recipient;

const page = {
  start: (gateway: string, url: string): void =>
    void (recipient = createRecipient(gateway, webSockets(true)(url))),
  call: (method: string, args: readonly unknown[]): Promise<unknown> =>
    (recipient[method as keyof Recipient] as (...args: readonly unknown[]) => Promise<unknown>)(...args),
};

export type RecipientPage = typeof page;

Object.assign(window, { recipient: page });
