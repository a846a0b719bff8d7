// Scripts of Ark outputs: number pushes, P2TR, the P2A fee anchor, and which outputs nodes relay (BIP-341, BIP-433,
// ark-lib lib.rs mod scripts).
import type { Bytes } from '../crypto/curve.ts';
import { concat } from '../crypto/bytes.ts';
import { sats, type Sats } from '../units.ts';
import type { TxOut } from './encode.ts';

export const OP = {
  PUSH_32: 0x20,
  PUSH_20: 0x14,
  RETURN: 0x6a,
  DROP: 0x75,
  SIZE: 0x82,
  EQUALVERIFY: 0x88,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CLTV: 0xb1,
  CSV: 0xb2,
} as const;

/** Dust limit of a P2TR output, and so of a VTXO. */
export const VTXO_DUST: Sats = sats(330);

/** Minimal push of a non-negative number below 2^39: OP_0, OP_1…OP_16, else 1 to 5 little-endian bytes. */
export function pushNumber(value: number): Bytes {
  if (value === 0) return Uint8Array.of(0);
  if (value <= 16) return Uint8Array.of(0x50 + value);
  const bytes: number[] = [];
  for (let v = value; v > 0; v = Math.floor(v / 256)) bytes.push(v % 256);
  if ((bytes.at(-1) as number) >= 0x80) bytes.push(0);
  return Uint8Array.of(bytes.length, ...bytes);
}

/** `OP_1 <32-byte output key>`. */
export const p2trScript = (outputKey: Bytes): Bytes => concat(Uint8Array.of(0x51, 0x20), outputKey);

const P2A_SCRIPT = Uint8Array.of(0x51, 0x02, 0x4e, 0x73);

/** The pay-to-anchor output that every exit transaction ends with. */
export const feeAnchor = (value: Sats): TxOut => ({ value, script: P2A_SCRIPT });

const startsWith = (script: Bytes, ...prefix: number[]) => prefix.every((b, i) => script[i] === b);

/** Dust limit in sat by script template, undefined for a template that nodes do not relay (OP_RETURN has none). */
function dustLimit(script: Bytes): bigint | undefined {
  const n = script.length;
  if (n === 25 && startsWith(script, 0x76, 0xa9, 0x14) && script[23] === 0x88 && script[24] === 0xac)
    return 546n;
  if (n === 23 && startsWith(script, 0xa9, 0x14) && script[22] === 0x87) return 540n;
  // Bitcoin Core's limit; ark-lib 0.8.0 has 270 here, which nodes would not relay.
  if (n === 22 && startsWith(script, 0x00, 0x14)) return 294n;
  if (n === 34 && startsWith(script, 0x00, 0x20)) return 330n;
  if (n === 34 && startsWith(script, 0x51, 0x20)) return 330n;
  if (n <= 83 && startsWith(script, OP.RETURN)) return 0n;
  return undefined;
}

/** Why nodes would not relay this output, or undefined when they do. */
export function nonStandard(out: TxOut): 'dust' | 'script' | undefined {
  const limit = dustLimit(out.script);
  if (limit === undefined) return 'script';
  return out.value < limit ? 'dust' : undefined;
}
