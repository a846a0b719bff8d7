// Script numbers and truth: little-endian with a sign bit, minimally encoded (the rule that nodes relay by).
import { ScriptError } from './error.ts';

/** @throws ScriptError when longer than `max` bytes or not minimal */
export function readNumber(bytes: Uint8Array, max = 4): bigint {
  if (bytes.length > max) throw new ScriptError('script number overflow');
  const last = bytes.at(-1);
  if (last === undefined) return 0n;
  if ((last & 0x7f) === 0 && ((bytes.at(-2) ?? 0) & 0x80) === 0)
    throw new ScriptError('non-minimally encoded script number');
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--)
    value = (value << 8n) | BigInt((bytes[i] as number) & (i === bytes.length - 1 ? 0x7f : 0xff));
  return last & 0x80 ? -value : value;
}

/** Minimal encoding; zero is empty. */
export function writeNumber(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let left = value < 0n ? -value : value; left > 0n; left >>= 8n) bytes.push(Number(left & 0xffn));
  const top = bytes.at(-1);
  if (top === undefined) return new Uint8Array(0);
  if (top & 0x80) bytes.push(value < 0n ? 0x80 : 0);
  else if (value < 0n) bytes[bytes.length - 1] = top | 0x80;
  return Uint8Array.from(bytes);
}

/** Anything but zeros (and a sign bit at the end) is true. */
export const isTrue = (bytes: Uint8Array): boolean =>
  bytes.some((byte, i) => byte !== 0 && !(byte === 0x80 && i === bytes.length - 1));
