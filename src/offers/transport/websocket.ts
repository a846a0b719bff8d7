// A byte stream over a WebSocket, in the browser's worker (and in Node). The node at the other end speaks it itself, or a
// bridge passes the bytes on to its TCP port; either sees only what BOLT 8 has encrypted.
import { SkiffError } from '../../errors.ts';
import type { OpenStream } from './port.ts';

const unreachable = (): SkiffError =>
  new SkiffError({
    code: 'RECIPIENT_UNREACHABLE',
    say: 'The Lightning node that carries messages for your offers does not answer.',
    retry: 'later',
  });

/** @param url `wss://…`; `ws://` on a private network */
export const overWebSocket =
  (url: string): OpenStream =>
  ({ data, closed }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<OpenStream>>>();
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () =>
      resolve({
        send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(Uint8Array.from(bytes)),
        close: () => socket.close(),
      });
    socket.onmessage = ({ data: bytes }: MessageEvent<unknown>) =>
      bytes instanceof ArrayBuffer ? data(new Uint8Array(bytes)) : socket.close();
    socket.onclose = () => {
      reject(unreachable());
      closed();
    };
    return promise;
  };
