// Scripts as Esplora prints them: `OP_NAME` and `OP_PUSHBYTES_n hex`.
import { OP as NAMES } from '@scure/btc-signer/script.js';
import { toHex } from '../../../src/crypto/bytes.ts';

const OWN: Readonly<Record<number, string>> = {
  0: 'OP_0',
  0x4f: 'OP_PUSHNUM_NEG1',
  0xb1: 'OP_CLTV',
  0xb2: 'OP_CSV',
};
const byCode = new Map(Object.entries(NAMES).map(([name, code]) => [code as number, `OP_${name}`]));

function name(code: number): string {
  if (code >= 0x51 && code <= 0x60) return `OP_PUSHNUM_${code - 0x50}`;
  return OWN[code] ?? byCode.get(code) ?? `OP_RETURN_${code}`;
}

/** Human-readable form of any script, also a broken one. */
export function asm(script: Uint8Array): string {
  const words: string[] = [];
  let at = 0;
  while (at < script.length) {
    const code = script[at++] as number;
    if (code === 0 || code > 0x4e) {
      words.push(name(code));
      continue;
    }
    let length = code;
    if (code > 75) {
      const wide = 1 << (code - 0x4c);
      length = 0;
      for (let i = wide - 1; i >= 0; i--) length = length * 256 + (script[at + i] ?? 0);
      at += wide;
    }
    const kind = code <= 75 ? `OP_PUSHBYTES_${length}` : `OP_PUSHDATA${1 << (code - 0x4c)}`;
    if (at + length > script.length) {
      words.push('<push past end>');
      break;
    }
    words.push(kind, toHex(script.slice(at, at + length)));
    at += length;
  }
  return words.join(' ');
}
