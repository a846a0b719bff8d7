// A WebSocket of somebody's server, for short texts: under the same rules for addresses as everything else.
import { checkUrl } from './address.ts';

/** Longer texts than this end the connection. */
const MAX_TEXT = 512 * 1024;

export interface SocketEvents {
  opened(): void;
  heard(text: string): void;
  /** It is over, or never came to be. Called once. */
  closed(): void;
}

export interface TextSocket {
  /** Lost when the connection is not open. */
  send(text: string): void;
  /** Nothing is heard from here on. */
  close(): void;
}

/** Connects to `url` (`wss://…`; `ws://` where private hosts are allowed). @throws SkiffError HTTP_REFUSED */
export type OpenSocket = (url: string, events: SocketEvents) => TextSocket;

/** @param privateAllowed private addresses and plain `ws://`: regtest only */
export const guardedSocket =
  (privateAllowed: boolean): OpenSocket =>
  (url, { opened, heard, closed }) => {
    checkUrl(url.replace(/^ws/, 'http'), privateAllowed);
    const socket = new WebSocket(url);
    socket.onopen = opened;
    socket.onclose = closed;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string' && data.length <= MAX_TEXT) heard(data);
      else socket.close();
    };
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close() {
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
      },
    };
  };
