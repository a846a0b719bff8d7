// The status of a refused call, as tests compare it.
import { Code, ConnectError } from '@connectrpc/connect';

export interface Refusal {
  /** Name of the gRPC status, such as `InvalidArgument`. */
  readonly code: string;
  readonly text: string;
  /** What a client reads to learn which coins were meant. */
  readonly identifiers: string | null;
}

/** Resolves with how a call was refused. @throws Error when it was not */
export const refusal = (call: Promise<unknown>): Promise<Refusal> =>
  call.then(
    () => {
      throw new Error('the server accepted what it must refuse');
    },
    (e: unknown) => {
      const { code, rawMessage, metadata } = ConnectError.from(e);
      return { code: Code[code], text: rawMessage, identifiers: metadata.get('identifiers') };
    },
  );
