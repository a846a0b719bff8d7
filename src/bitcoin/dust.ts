// The dust limit of Bitcoin Core's relay policy (policy.cpp GetDustThreshold at 3 sat/vB): an output that costs more
// to spend than a third of its value does not relay.
import { sats } from '../units.ts';
import type { Sats } from '../units.ts';

/** Smallest value, in satoshi, that relays for this scriptPubKey (P2TR 330, P2WPKH 294, P2PKH 546; OP_RETURN 0). */
export function dustLimit(script: Uint8Array): Sats {
  if (script[0] === 0x6a) return sats(0);
  const [op = 0xff, length] = script;
  const isWitness =
    (op === 0 || (op > 0x50 && op <= 0x60)) && script.length >= 4 && length === script.length - 2;
  if (op === 0x51 && script.length === 4 && script[2] === 0x4e && script[3] === 0x73) return sats(240);
  const compactSize = script.length < 253 ? 1 : 3;
  const output = 8 + compactSize + script.length;
  const input = isWitness ? 32 + 4 + 1 + Math.floor(107 / 4) + 4 : 32 + 4 + 1 + 107 + 4;
  return sats((output + input) * 3);
}
