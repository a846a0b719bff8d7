// Faults on demand, and a record of every call: what tests need to see a wallet survive a bad network.
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import type { NodeRequest } from './routes.ts';

/** The node request behind a call, so that a fault can cut its connection. */
export const connectionKey = createContextKey<NodeRequest | undefined>(undefined);

interface CallRecord {
  /** RPC name without its service, such as `RequestArkoorCosign`. */
  readonly method: string;
  readonly at: number;
  readonly protocol: 'grpc' | 'grpc-web';
  readonly pver?: string;
  readonly userAgent?: string;
  /** The request message of a unary call; undefined for streams. */
  readonly request?: unknown;
  /** Set when the call ended: `ok`, a status name, or the fault that hid the answer. */
  outcome?: string;
}

export type Fault =
  /** The server acts, the client sees its connection die. */
  | { readonly kind: 'drop-response' }
  /** The connection dies before the server acts. */
  | { readonly kind: 'drop-request' }
  /** The server answers with this status and does nothing. */
  | { readonly kind: 'fail'; readonly code: Code; readonly message: string; readonly metadata?: HeadersInit }
  /** The server acts, then answers with this status. */
  | { readonly kind: 'fail-after'; readonly code: Code; readonly message: string }
  /** The server acts and lies: `change` sets fields of a unary answer (never writes into its bytes, which the server keeps). In process only. */
  | { readonly kind: 'tamper'; readonly change: (answer: never) => void }
  /** Waits, then goes on as usual. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface Faults {
  /** Applies `fault` to the next `times` calls of `method` (`*` for any). Several faults queue up in order. */
  add(method: string, fault: Fault, times?: number): void;
  dropResponse(method: string, times?: number): void;
  dropRequest(method: string, times?: number): void;
  fail(method: string, code: Code, message?: string, times?: number): void;
  delay(method: string, ms: number, times?: number): void;
  /** Alters the next answers of `method`: what a dishonest server would send. */
  tamper<T>(method: string, change: (answer: T) => void, times?: number): void;
  clear(): void;
  /** Every call since the start, oldest first. */
  readonly calls: CallRecord[];
  readonly interceptor: Interceptor;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends the connection of a request without a word. */
export function cut(request: NodeRequest | undefined): void {
  if (request === undefined) return;
  if ('stream' in request) request.stream.close(0x8);
  else request.socket.destroy();
}

/** @param now milliseconds, for the record */
export function createFaults(now: () => number): Faults {
  const queue: { method: string; fault: Fault; left: number }[] = [];
  const calls: CallRecord[] = [];

  const take = (method: string): Fault | undefined => {
    const i = queue.findIndex((f) => f.method === method || f.method === '*');
    const entry = queue[i];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) queue.splice(i, 1);
    return entry.fault;
  };

  const interceptor: Interceptor = (next) => async (req) => {
    const method = req.method.name;
    const call: CallRecord = {
      method,
      at: now(),
      protocol: (req.header.get('content-type') ?? '').startsWith('application/grpc-web')
        ? 'grpc-web'
        : 'grpc',
      pver: req.header.get('pver') ?? undefined,
      userAgent: req.header.get('x-user-agent') ?? undefined,
      request: req.stream ? undefined : req.message,
    };
    calls.push(call);
    const fault = take(method);
    const lost = (): never => {
      call.outcome = fault?.kind;
      cut(req.contextValues.get(connectionKey));
      throw new ConnectError('connection cut', Code.Aborted);
    };
    if (fault?.kind === 'delay') await sleep(fault.ms);
    if (fault?.kind === 'drop-request') return lost();
    try {
      if (fault?.kind === 'fail') throw new ConnectError(fault.message, fault.code, fault.metadata);
      const response = await next(req);
      if (fault?.kind === 'drop-response') return lost();
      if (fault?.kind === 'fail-after') throw new ConnectError(fault.message, fault.code);
      if (fault?.kind === 'tamper' && !response.stream) fault.change(response.message as never);
      call.outcome = fault?.kind === 'tamper' ? 'tamper' : 'ok';
      return response;
    } catch (e) {
      call.outcome ??= Code[ConnectError.from(e).code];
      throw e;
    }
  };

  const faults: Faults = {
    add: (method, fault, times = 1) => void queue.push({ method, fault, left: times }),
    dropResponse: (method, times) => faults.add(method, { kind: 'drop-response' }, times),
    dropRequest: (method, times) => faults.add(method, { kind: 'drop-request' }, times),
    fail: (method, code, message = 'injected', times) =>
      faults.add(method, { kind: 'fail', code, message }, times),
    delay: (method, ms, times) => faults.add(method, { kind: 'delay', ms }, times),
    tamper: (method, change, times) => faults.add(method, { kind: 'tamper', change }, times),
    clear: () => void queue.splice(0),
    calls,
    interceptor,
  };
  return faults;
}
