// JSON-RPC of a node, answered before the call returns: the devnet's chain is a synchronous thing, and a node in the
// house answers within milliseconds. A thread of its own does the waiting.
import { readFileSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** The node said no. */
export class RpcRefusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NodeAddress {
  readonly url: string;
  /** `user:password`… */
  readonly auth?: string;
  /** …or the file that has it (`.cookie`). */
  readonly cookieFile?: string;
}

export interface NodeRpc {
  /** @throws RpcRefusal when the node says no, Error when it does not answer */
  call<T>(method: string, ...params: readonly unknown[]): T;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

interface Result {
  failed?: string;
  answer?: { result: unknown; error: { code: number; message: string } | null };
}

/** Opens the way to a node; the first call finds out whether it is there. */
export function nodeRpc({ url, auth, cookieFile }: NodeAddress): NodeRpc {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./rpc-worker.ts', import.meta.url), {
    workerData: { port: port2, bell },
    transferList: [port2],
  });
  worker.unref();
  return {
    call<T>(method: string, ...params: readonly unknown[]): T {
      const who = auth ?? (cookieFile === undefined ? ':' : readFileSync(cookieFile, 'utf8').trim());
      Atomics.store(bell, 0, 0);
      port1.postMessage({ url, auth: who, body: JSON.stringify({ jsonrpc: '1.0', id: 0, method, params }) });
      Atomics.wait(bell, 0, 0, PATIENCE_MS);
      const result = receiveMessageOnPort(port1)?.message as Result | undefined;
      if (!result?.answer) throw new Error(result?.failed ?? `the node takes too long over ${method}`);
      const { error, result: value } = result.answer;
      if (error) throw new RpcRefusal(error.code, error.message);
      return value as T;
    },
    stop: async () => {
      port1.close();
      await worker.terminate();
    },
  };
}
