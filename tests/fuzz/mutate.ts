// How a good input is spoilt: bytes, text and JSON. Every change is small enough that many checks still hold, so that
// the next check behind them is reached.
import type { Rng } from './rng.ts';

/** Longest input that a change may grow to. */
const MOST = 200_000;

/** Lengths, counts and amounts at their edges, as the formats write them. */
const EDGES: readonly number[][] = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xfc],
  [0xfd, 0xfd, 0x00],
  [0xfd, 0x00, 0x00],
  [0xfe, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0x00, 0x40, 0x07, 0x5a, 0xf0, 0x75, 0x07, 0x00],
];

function splice(bytes: Uint8Array, at: number, cut: number, put: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length - cut + put.length);
  out.set(bytes.subarray(0, at));
  out.set(put, at);
  out.set(bytes.subarray(at + cut), at + put.length);
  return out;
}

type ByteChange = (rng: Rng, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const part = (rng: Rng, bytes: Uint8Array): Uint8Array => {
  const from = rng.int(bytes.length + 1);
  return bytes.slice(from, from + rng.int(Math.min(80, bytes.length - from + 1)));
};

const BYTE_CHANGES: readonly ByteChange[] = [
  (rng, bytes) =>
    splice(
      bytes,
      rng.int(bytes.length),
      1,
      Uint8Array.of(1 << rng.int(8)).map((b) => b),
    ),
  (rng, bytes) => {
    const at = rng.int(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of(bytes[at]! ^ (1 << rng.int(8))));
  },
  (rng, bytes) => {
    const at = rng.int(bytes.length);
    return splice(bytes, at, 1, Uint8Array.of((bytes[at]! + rng.pick([1, 255, 2, 254])) & 255));
  },
  (rng, bytes) => {
    const edge = Uint8Array.from(rng.pick(EDGES));
    const at = rng.int(bytes.length);
    return splice(bytes, at, Math.min(rng.int(2) * edge.length, bytes.length - at), edge);
  },
  (rng, bytes) => bytes.slice(0, rng.int(bytes.length)),
  (rng, bytes) => {
    const at = rng.int(bytes.length);
    return splice(bytes, at, Math.min(1 + rng.int(8), bytes.length - at), new Uint8Array());
  },
  (rng, bytes) => splice(bytes, rng.int(bytes.length + 1), 0, rng.bytes(1 + rng.int(8))),
  (rng, bytes) => splice(bytes, rng.int(bytes.length + 1), 0, part(rng, bytes)),
  (rng, bytes, other) => {
    const put = part(rng, other);
    const at = rng.int(bytes.length);
    return splice(bytes, at, Math.min(put.length, bytes.length - at), put);
  },
  (rng, bytes, other) => {
    const at = rng.int(Math.min(bytes.length, other.length));
    return splice(bytes, at, bytes.length - at, other.slice(at));
  },
  (rng, bytes) => {
    const piece = part(rng, bytes);
    let out = bytes;
    for (let n = rng.int(60); n > 0 && out.length < MOST; n--)
      out = splice(out, rng.int(out.length + 1), 0, piece);
    return out;
  },
];

/** One to four changes. `other` is another good input. */
export function mutateBytes(rng: Rng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let out = bytes;
  for (let n = 1 + rng.int(4); n > 0; n--) {
    if (out.length === 0) out = rng.bytes(1 + rng.int(40));
    const changed = rng.pick(BYTE_CHANGES)(rng, out, other.length === 0 ? out : other);
    if (changed.length <= MOST) out = changed;
  }
  return out;
}

const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\u200b',
  '\u202e',
  '\ud800',
  'é',
  '１',
  '%00',
  '%',
  '&',
  '=',
  '?amount=0.00000001',
  '?amount=21000001',
  '99999999999999999999',
  '-1',
  '1e9',
  '0x10',
  '__proto__',
  '<script>',
  '+ ',
  'lightning:',
  'bitcoin:',
  'https://127.0.0.1/',
  'x'.repeat(3000),
];

/** One to three changes of a text, by character. */
export function mutateText(rng: Rng, text: string, other: string): string {
  let out = text;
  for (let n = 1 + rng.int(3); n > 0; n--) {
    const at = rng.int(out.length + 1);
    const [head, tail] = [out.slice(0, at), out.slice(at)];
    const change = rng.int(7);
    if (change === 0) out = head + tail.slice(1 + rng.int(4));
    else if (change === 1) out = head + rng.pick(ODD_TEXTS) + tail;
    else if (change === 2) out = head + String.fromCharCode(33 + rng.int(94)) + tail.slice(1);
    else if (change === 3) out = head + other.slice(rng.int(other.length + 1));
    else if (change === 4) out = head + (tail[0] ?? '').repeat(1 + rng.int(200)) + tail;
    else if (change === 5) out = rng.chance(0.5) ? out.toUpperCase() : head + tail.toUpperCase();
    else out = head.slice(rng.int(head.length + 1)) + tail;
    if (out.length > MOST) out = out.slice(0, MOST);
  }
  return out;
}

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 53),
  '',
  'ff',
  [],
  {},
  [[[[[]]]]],
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown,
];

/** Changes one place of a JSON value: another type, an odd value, a key more or less, a longer list. */
export function mutateJson(rng: Rng, value: unknown, other: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && rng.chance(0.8)) {
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
    const key = rng.pick(Object.keys(copy));
    const change = rng.int(6);
    if (change === 0) delete copy[key];
    else if (change === 1) copy[`${key}${rng.pick(['x', '', '0'])}`] = rng.pick(ODD_VALUES);
    else if (change === 2 && Array.isArray(copy)) for (let n = rng.int(300); n > 0; n--) copy.push(copy[key]);
    else copy[key] = mutateJson(rng, copy[key], other);
    return copy;
  }
  if (typeof value === 'string' && rng.chance(0.7))
    return mutateText(rng, value, JSON.stringify(other) ?? '');
  if (typeof value === 'number' && rng.chance(0.5)) return value + rng.pick([1, -1, 0.5, 2 ** 31, 2 ** 52]);
  return rng.chance(0.9) ? rng.pick(ODD_VALUES) : other;
}
