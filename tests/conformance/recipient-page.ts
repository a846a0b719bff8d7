// The page side of the LDK proofs: a recipient whose methods the test calls by name.
import { overWebSocket } from '../../src/offers/transport/websocket.ts';
import { createRecipient, type Recipient } from './recipient.ts';

declare global {
  interface Window {
    start(gateway: string, url: string): void;
    call(method: string, args: readonly unknown[]): Promise<unknown>;
  }
}

let recipient: Recipient;
window.start = (gateway, url) => void (recipient = createRecipient(gateway, overWebSocket(url)));
window.call = (method, args) =>
  (recipient[method as keyof Recipient] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
