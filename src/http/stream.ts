// Bytes to and fro over a WebSocket: the one way to a socket that the browser's worker and Node have in common. Private
// addresses and plain ws: are refused outside of regtest; who is at the other end is for the protocol inside to find out.
import { SkiffError } from '../errors.ts';
import { checkUrl } from './address.ts';

/** Bytes in any pieces. */
export interface ByteStream {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface StreamEvents {
  data(bytes: Uint8Array): void;
  /** The end, whoever made it. */
  closed(): void;
}

/** @throws SkiffError when nobody answers */
export type OpenStream = (events: StreamEvents) => Promise<ByteStream>;

/** How long a host may take to answer the knock. */
const PATIENCE_MS = 15_000;

const unreachable = (host: string): SkiffError =>
  new SkiffError({
    code: 'HTTP_FAILED',
    say: `${host} cannot be reached.`,
    retry: 'later',
    details: { reason: 'network', host },
  });

/** @throws SkiffError HTTP_REFUSED for what is no `wss:` address (on regtest `ws:`), or of a private network */
export function checkSocketUrl(text: string, privateAllowed: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'wss:' && !(privateAllowed && url?.protocol === 'ws:'))
    throw new SkiffError({
      code: 'HTTP_REFUSED',
      say: 'Only addresses that start with wss:// can be used.',
      details: { host: url?.hostname ?? '' },
    });
  checkUrl(text.replace(/^ws/i, 'http'), privateAllowed);
  return url as URL;
}

/**
 * Opens WebSockets. @param privateAllowed regtest, where servers run on the person's own machine
 */
export const webSockets =
  (privateAllowed: boolean) =>
  (address: string): OpenStream =>
  async ({ data, closed }) => {
    const { host } = checkSocketUrl(address, privateAllowed);
    const { promise, resolve, reject } = Promise.withResolvers<ByteStream>();
    const socket = new WebSocket(address);
    const tooLong = setTimeout(() => socket.close(), PATIENCE_MS);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      clearTimeout(tooLong);
      resolve({
        send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(Uint8Array.from(bytes)),
        close: () => socket.close(),
      });
    };
    socket.onmessage = ({ data: bytes }: MessageEvent<unknown>) =>
      bytes instanceof ArrayBuffer ? data(new Uint8Array(bytes)) : socket.close();
    socket.onclose = () => {
      clearTimeout(tooLong);
      reject(unreachable(host));
      closed();
    };
    return promise;
  };
