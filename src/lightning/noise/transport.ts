// BOLT 8 transport: messages of up to 65 535 bytes under keys that change every 1000 uses. Bytes arrive in any pieces.
import { concat } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import { writeInt } from '../wire.ts';
import { decrypt, deriveTwo, encrypt, peerError, TAG } from './cipher.ts';

/** What a handshake ends with; 32 bytes each. */
export interface TransportKeys {
  send: Bytes;
  receive: Bytes;
  /** Both directions' keys are renewed from it. */
  chain: Bytes;
}

export interface Transport {
  /** One message to the bytes that go out. @throws SkiffError INVALID_ARGUMENT above 65 535 bytes. */
  write(message: Bytes): Bytes;
  /**
   * Bytes that came in to the messages they complete. @throws SkiffError PEER_MISBEHAVED for bytes that were tampered
   * with; from then on always.
   */
  read(bytes: Bytes): Bytes[];
}

const ROTATION = 1000;
const MAX_MESSAGE = 65_535;
const HEADER = 2 + TAG;
const NOTHING = new Uint8Array();

/** One direction: each use counts, and the 1000th is the key's last. */
function rotating(key: Bytes, chain: Bytes, use: typeof encrypt): (data: Bytes) => Bytes {
  let counter = 0;
  let current = key;
  let salt = chain;
  return (data) => {
    const out = use(current, counter, NOTHING, data);
    counter += 1;
    if (counter === ROTATION) {
      [salt, current] = deriveTwo(salt, current);
      counter = 0;
    }
    return out;
  };
}

/** Transport over the keys of a finished handshake; for one connection. */
export function createTransport({ send, receive, chain }: TransportKeys): Transport {
  const seal = rotating(send, chain, encrypt);
  const open = rotating(receive, chain, decrypt);
  let waiting: Bytes = NOTHING;
  /** Length of the message whose header was read. */
  let expected: number | undefined;
  let isBroken = false;

  const next = (): Bytes | undefined => {
    if (expected === undefined) {
      if (waiting.length < HEADER) return undefined;
      const header = open(waiting.subarray(0, HEADER));
      waiting = waiting.subarray(HEADER);
      expected = ((header[0] as number) << 8) | (header[1] as number);
    }
    const size = expected + TAG;
    if (waiting.length < size) return undefined;
    const message = open(waiting.subarray(0, size));
    waiting = waiting.subarray(size);
    expected = undefined;
    return message;
  };

  return {
    write: (message) => {
      if (message.length > MAX_MESSAGE) {
        throw new SkiffError({
          code: 'INVALID_ARGUMENT',
          say: 'A Lightning message is longer than the protocol allows.',
          details: { length: message.length },
        });
      }
      return concat(seal(writeInt(message.length, 2)), seal(message));
    },
    read: (bytes) => {
      if (isBroken) throw peerError('connection is broken');
      waiting = concat(waiting, bytes);
      const messages: Bytes[] = [];
      try {
        for (let message = next(); message !== undefined; message = next()) messages.push(message);
      } catch (e) {
        isBroken = true;
        throw e;
      }
      return messages;
    },
  };
}
