// Bytes of a script to operations; pushes must be minimal, as nodes relay them.
import { ScriptError } from './error.ts';

export interface Operation {
  readonly code: number;
  /** Set for a push of bytes (OP_0 pushes none). */
  readonly data?: Uint8Array;
}

/** Most bytes that one stack element may have. */
const MAX_ELEMENT = 520;

/** The shortest opcode for these bytes is the one that was used. */
function isMinimal(code: number, data: Uint8Array): boolean {
  const only = data.length === 1 ? (data[0] as number) : undefined;
  if (data.length === 0) return code === 0;
  if (only !== undefined && ((only >= 1 && only <= 16) || only === 0x81)) return false;
  if (data.length <= 75) return code === data.length;
  return data.length <= 255 ? code === 0x4c : code === 0x4d;
}

/** Length of the pushed bytes and where they start, for opcodes 0 … PUSHDATA4. */
function pushHead(script: Uint8Array, at: number): { from: number; length: number } {
  const code = script[at] as number;
  if (code <= 75) return { from: at + 1, length: code };
  const wide = 1 << (code - 0x4c);
  let length = 0;
  for (let i = wide; i >= 1; i--) length = length * 256 + (script[at + i] ?? Number.NaN);
  return { from: at + 1 + wide, length };
}

/** @throws ScriptError when a push runs past the end, is too long, or has a shorter form */
export function readScript(script: Uint8Array): Operation[] {
  const operations: Operation[] = [];
  let at = 0;
  while (at < script.length) {
    const code = script[at] as number;
    if (code > 0x4e) {
      operations.push({ code });
      at++;
      continue;
    }
    const { from, length } = pushHead(script, at);
    if (!(from + length <= script.length)) throw new ScriptError('push past the end of the script');
    if (length > MAX_ELEMENT) throw new ScriptError('push size limit exceeded');
    const data = script.slice(from, from + length);
    if (!isMinimal(code, data)) throw new ScriptError('data push larger than necessary');
    operations.push({ code, data });
    at = from + length;
  }
  return operations;
}
