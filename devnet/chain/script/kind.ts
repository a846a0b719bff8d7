// Kinds of outputs, by Esplora's names, and which of them nodes relay.
export type ScriptKind =
  | 'p2pkh'
  | 'p2sh'
  | 'v0_p2wpkh'
  | 'v0_p2wsh'
  | 'v1_p2tr'
  | 'anchor'
  | 'op_return'
  | 'witness_unknown'
  | 'unknown';

/** The template that a scriptPubKey fits. */
export function scriptKind(script: Uint8Array): ScriptKind {
  const n = script.length;
  const [a, b] = script;
  if (n === 25 && a === 0x76 && b === 0xa9 && script[2] === 20 && script[23] === 0x88 && script[24] === 0xac)
    return 'p2pkh';
  if (n === 23 && a === 0xa9 && b === 20 && script[22] === 0x87) return 'p2sh';
  if (a === 0x6a) return 'op_return';
  if (n === 4 && a === 0x51 && b === 2 && script[2] === 0x4e && script[3] === 0x73) return 'anchor';
  const isProgram =
    a !== undefined && (a === 0 || (a >= 0x51 && a <= 0x60)) && n >= 4 && n <= 42 && b === n - 2;
  if (!isProgram) return 'unknown';
  if (a === 0) return b === 20 ? 'v0_p2wpkh' : b === 32 ? 'v0_p2wsh' : 'unknown';
  return a === 0x51 && b === 32 ? 'v1_p2tr' : 'witness_unknown';
}

/** Below this value nodes call the output dust (relay fee 3 sat/vB for what spending it takes). */
export function dustLimit(script: Uint8Array): bigint {
  const kind = scriptKind(script);
  if (kind === 'op_return') return 0n;
  const isWitness = kind.startsWith('v') || kind === 'anchor' || kind === 'witness_unknown';
  const size = 8 + 1 + script.length;
  return 3n * BigInt(size + (isWitness ? 67 : 148));
}
