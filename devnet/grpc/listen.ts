// One port for native gRPC (HTTP/2 without TLS) and gRPC-web (HTTP/1.1): the first bytes of a connection tell them apart.
import { createServer as createHttp1, type RequestListener } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { NodeHandler } from './routes.ts';

const PREFACE = Buffer.from('PRI');

export interface Listening {
  readonly port: number;
  /** Open connections now. */
  connections(): number;
  /** Closes the port and cuts every connection. */
  close(): Promise<void>;
}

/** Serves `handler` on 127.0.0.1. @param port 0 for a free one */
export async function listenBoth(handler: NodeHandler, port: number): Promise<Listening> {
  const h1 = createHttp1(handler as RequestListener);
  const h2 = createHttp2({}, handler as (req: Http2ServerRequest, res: Http2ServerResponse) => void);
  // Streams stay open for as long as the client wants them.
  h1.requestTimeout = 0;
  const sockets = new Set<Socket>();

  const route = (socket: Socket, start: Buffer) => {
    socket.once('data', (chunk: Buffer) => {
      const head = Buffer.concat([start, chunk]);
      const seen = head.subarray(0, PREFACE.length);
      if (seen.length < PREFACE.length && PREFACE.subarray(0, seen.length).equals(seen))
        return route(socket, head);
      socket.pause();
      socket.unshift(head);
      (seen.equals(PREFACE) ? h2 : h1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    route(socket, Buffer.alloc(0));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
