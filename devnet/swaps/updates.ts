// The WebSocket of the Boltz API: whoever subscribes to swaps hears of their changes. Only what that takes of RFC 6455:
// short text frames, ping and close.
import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { boltzUpdate } from './boltz-api.ts';
import type { SwapService } from './service.ts';
import type { SwapRecord } from './types.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_FRAME = 64 * 1024;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function frame(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : payload.length < 0x1_0000
        ? Buffer.from([126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([127, 0, 0, 0, 0]), uint32(payload.length)]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, payload]);
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Takes whole frames of a client off the front; undefined when it breaks the rules. */
function readFrames(
  buffer: Buffer,
): { frames: { opcode: number; text: string }[]; rest: Buffer } | undefined {
  const frames: { opcode: number; text: string }[] = [];
  let at = 0;
  for (;;) {
    const left = buffer.length - at;
    if (left < 2) break;
    const short = buffer[at + 1]! & 127;
    if (short === 127 || (buffer[at + 1]! & 128) === 0) return undefined;
    const header = short === 126 ? 4 : 2;
    if (left < header + 4) break;
    const length = short === 126 ? buffer.readUInt16BE(at + 2) : short;
    if (length > MAX_FRAME) return undefined;
    const start = at + header + 4;
    if (buffer.length < start + length) break;
    const mask = buffer.subarray(start - 4, start);
    const text = Buffer.from(buffer.subarray(start, start + length).map((b, i) => b ^ mask[i % 4]!));
    frames.push({ opcode: buffer[at]! & 15, text: text.toString('utf8') });
    at = start + length;
  }
  return { frames, rest: buffer.subarray(at) };
}

interface Message {
  op?: unknown;
  channel?: unknown;
  args?: unknown;
}

export interface UpdateSockets {
  /** How many connections there are. */
  followers(): number;
  /** Ends all connections; closed, there are no new ones. */
  cut(how?: 'closed' | 'open'): void;
}

/** Serves `/v2/ws` of this server. */
export function serveUpdates(server: Server, service: SwapService): UpdateSockets {
  const sockets = new Set<Socket>();
  let isClosed = false;

  server.on('upgrade', (req: IncomingMessage, socket: Socket) => {
    const key = req.headers['sec-websocket-key'];
    if (isClosed || req.url !== '/v2/ws' || typeof key !== 'string') return void socket.destroy();
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    sockets.add(socket);
    const wanted = new Set<string>();
    const send = (value: object) =>
      void (socket.writable && socket.write(frame(TEXT, Buffer.from(JSON.stringify(value)))));
    const tell = async (record: SwapRecord) =>
      send({
        event: 'update',
        channel: 'swap.update',
        args: [{ id: record.id, ...(await boltzUpdate(service, record)) }],
      });
    const hear = ({ op, channel, args }: Message) => {
      if (op === 'ping') return send({ event: 'pong' });
      if (channel !== 'swap.update' || !Array.isArray(args)) return send({ event: 'error' });
      const ids = args.filter((a): a is string => typeof a === 'string');
      ids.forEach((id) => (op === 'unsubscribe' ? wanted.delete(id) : wanted.add(id)));
      send({ event: op, channel, args: ids });
      if (op !== 'subscribe') return;
      for (const id of ids) {
        const record = service.find(id);
        if (record) void tell(record);
      }
    };
    const end = service.onChange((record) => {
      if (wanted.has(record.id)) void tell(record);
    });
    let rest = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      const read = readFrames(Buffer.concat([rest, data]));
      if (!read) return void socket.destroy();
      rest = Buffer.from(read.rest);
      for (const { opcode, text } of read.frames) {
        if (opcode === CLOSE) return void socket.end(frame(CLOSE, Buffer.alloc(0)));
        if (opcode === PING) socket.write(frame(PONG, Buffer.from(text)));
        if (opcode !== TEXT) continue;
        try {
          hear(JSON.parse(text) as Message);
        } catch {
          send({ event: 'error' });
        }
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      end();
      sockets.delete(socket);
    });
  });
  return {
    followers: () => sockets.size,
    cut(how = 'open') {
      isClosed = how === 'closed';
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
