// Connect handlers for both gRPC protocols, behind the permissive CORS of captaind's public endpoint.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createContextValues, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { connectionKey } from './faults.ts';

export type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;
export type NodeHandler = (req: NodeRequest, res: NodeResponse) => void;

/** bark's own limit for what it decodes. */
const MAX_MESSAGE = 64 * 1024 * 1024;

/**
 * A request handler for `node:http` and `node:http2` that serves `routes` as gRPC and gRPC-web, nothing else.
 * @param now milliseconds: clients learn the server's time from the `Date` of its answers
 */
export function grpcHandler(
  routes: (router: ConnectRouter) => void,
  interceptors: Interceptor[],
  now: () => number = Date.now,
): NodeHandler {
  const serve = connectNodeAdapter({
    routes,
    interceptors,
    grpc: true,
    grpcWeb: true,
    connect: false,
    acceptCompression: [],
    readMaxBytes: MAX_MESSAGE,
    contextValues: (req) => createContextValues().set(connectionKey, req as NodeRequest),
  });
  return (req, res) => {
    res.setHeader('date', new Date(now()).toUTCString());
    res.setHeader('access-control-allow-origin', '*');
    res.setHeader('access-control-expose-headers', '*');
    if (req.method === 'OPTIONS') {
      res.setHeader('access-control-allow-methods', '*');
      res.setHeader('access-control-allow-headers', '*');
      res.setHeader('access-control-max-age', '600');
      res.statusCode = 200;
      res.end();
      return;
    }
    (serve as NodeHandler)(req, res);
  };
}
