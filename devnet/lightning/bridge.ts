// A WebSocket in front of a TCP port, for Lightning nodes that have none: bytes go through as they are, which is all that a
// browser needs to speak BOLT 8 with them. It sees only what the two ends have encrypted.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

export interface Bridge {
  /** `ws://127.0.0.1:…` */
  readonly url: string;
  stop(): Promise<void>;
}

/** A frame of the server's (RFC 6455 §5.2): never masked, never in pieces. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.of(0x80 | opcode, length)
      : length < 65_536
        ? Buffer.of(0x80 | opcode, 126, length >> 8, length & 255)
        : Buffer.concat([Buffer.of(0x80 | opcode, 127, 0, 0, 0, 0), u32(length)]);
  return Buffer.concat([head, payload]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Frame {
  opcode: number;
  payload: Buffer;
}

/** Takes whole frames off the front of what has come; the client's are masked. */
function createFrames(): (bytes: Buffer) => Frame[] {
  let waiting = Buffer.alloc(0);
  function next(): Frame | undefined {
    if (waiting.length < 2) return undefined;
    const short = (waiting[1] ?? 0) & 127;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + extra + 4;
    if (waiting.length < start) return undefined;
    const length =
      extra === 0 ? short : extra === 2 ? waiting.readUInt16BE(2) : Number(waiting.readBigUInt64BE(2));
    if (waiting.length < start + length) return undefined;
    const mask = waiting.subarray(start - 4, start);
    const payload = Buffer.from(waiting.subarray(start, start + length));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
    const opcode = (waiting[0] ?? 0) & 15;
    waiting = waiting.subarray(start + length);
    return { opcode, payload };
  }
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    const frames: Frame[] = [];
    for (let one = next(); one; one = next()) frames.push(one);
    return frames;
  };
}

/** Joins one browser with the node. Either end's end is the other's. */
function join(browser: Socket, node: Socket, head: Buffer): void {
  const read = createFrames();
  const hear = (bytes: Buffer) => {
    for (const { opcode, payload } of read(bytes)) {
      if (opcode === CLOSE) return void browser.end(frame(CLOSE, payload.subarray(0, 2)));
      if (opcode === PING) browser.write(frame(PONG, payload));
      else if (opcode === BINARY || opcode === 0) node.write(payload);
    }
  };
  browser.on('data', hear);
  node.on('data', (bytes: Buffer) => browser.write(frame(BINARY, bytes)));
  node.on('close', () => browser.end(frame(CLOSE, Buffer.alloc(0))));
  browser.on('close', () => node.destroy());
  for (const socket of [browser, node]) socket.on('error', () => socket.destroy());
  hear(head);
}

function upgrade(tcpPort: number, request: IncomingMessage, browser: Socket, head: Buffer): void {
  const key = request.headers['sec-websocket-key'];
  if (key === undefined) return void browser.destroy();
  const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
  const node = connect(tcpPort, '127.0.0.1', () => {
    browser.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    join(browser, node, head);
  });
  node.on('error', () => browser.destroy());
}

/** Listens on a free port of 127.0.0.1. */
export async function startBridge(tcpPort: number): Promise<Bridge> {
  const open = new Set<Socket>();
  const server: Server = createServer((_, response) => response.writeHead(426).end());
  server.on('upgrade', (request, socket, head) => {
    const browser = socket as Socket;
    open.add(browser);
    browser.on('close', () => open.delete(browser));
    upgrade(tcpPort, request, browser, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      open.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
