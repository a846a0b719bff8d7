// The script machine: the opcodes that Ark's and ordinary wallets' scripts use, for legacy scripts, witness v0 and
// tapscript. An opcode outside of its table ends in a refusal, never in success.
import { equalBytes } from '../../../src/crypto/bytes.ts';
import { ripemd160, sha256, sha256d } from '../../../src/crypto/hash.ts';
import { ScriptError, unverifiable } from './error.ts';
import { isTrue, readNumber, writeNumber } from './number.ts';
import { OP } from './opcodes.ts';
import { readScript, type Operation } from './parse.ts';
import type { Spend } from './sighash.ts';
import { checkLockTime, checkSequence } from './timelock.ts';

export interface Machine {
  readonly version: 'legacy' | 'v0' | 'tapscript';
  readonly spend: Spend;
  /** Bottom first; the script works on it. */
  readonly stack: Uint8Array[];
  /** Judges a signature in this script; throws for one that is bad rather than absent. */
  readonly checkSig: (signature: Uint8Array, key: Uint8Array) => boolean;
}

const MAX_STACK = 1000;
/** Limits that tapscript lifted. */
const MAX_OPERATIONS = 201;
const MAX_SCRIPT = 10_000;

const bool = (value: boolean): Uint8Array => (value ? Uint8Array.of(1) : new Uint8Array(0));

function tools(stack: Uint8Array[]) {
  const pop = (): Uint8Array => {
    const top = stack.pop();
    if (!top) throw new ScriptError('operation not valid with the current stack size');
    return top;
  };
  return {
    pop,
    popNumber: () => readNumber(pop()),
    push: (...items: Uint8Array[]) => void stack.push(...items),
    pushNumber: (value: bigint) => void stack.push(writeNumber(value)),
    pushBool: (value: boolean) => void stack.push(bool(value)),
    verify: (held: boolean, what: string) => {
      if (!held) throw new ScriptError(what);
    },
  };
}
type Tools = ReturnType<typeof tools>;

const arithmetic: Record<number, (...n: bigint[]) => bigint | boolean> = {
  [OP.ADD_1]: (a = 0n) => a + 1n,
  [OP.SUB_1]: (a = 0n) => a - 1n,
  [OP.NEGATE]: (a = 0n) => -a,
  [OP.ABS]: (a = 0n) => (a < 0n ? -a : a),
  [OP.NOT]: (a = 0n) => a === 0n,
  [OP.NOTEQUAL_0]: (a = 0n) => a !== 0n,
  [OP.ADD]: (a = 0n, b = 0n) => a + b,
  [OP.SUB]: (a = 0n, b = 0n) => a - b,
  [OP.BOOLAND]: (a = 0n, b = 0n) => a !== 0n && b !== 0n,
  [OP.BOOLOR]: (a = 0n, b = 0n) => a !== 0n || b !== 0n,
  [OP.NUMEQUAL]: (a = 0n, b = 0n) => a === b,
  [OP.NUMNOTEQUAL]: (a = 0n, b = 0n) => a !== b,
  [OP.LESSTHAN]: (a = 0n, b = 0n) => a < b,
  [OP.GREATERTHAN]: (a = 0n, b = 0n) => a > b,
  [OP.LESSTHANOREQUAL]: (a = 0n, b = 0n) => a <= b,
  [OP.GREATERTHANOREQUAL]: (a = 0n, b = 0n) => a >= b,
  [OP.MIN]: (a = 0n, b = 0n) => (a < b ? a : b),
  [OP.MAX]: (a = 0n, b = 0n) => (a > b ? a : b),
  [OP.WITHIN]: (x = 0n, low = 0n, high = 0n) => x >= low && x < high,
};
const arity = (code: number): number => (code === OP.WITHIN ? 3 : code < OP.ADD ? 1 : 2);

function runArithmetic(code: number, t: Tools): boolean {
  const compute = arithmetic[code];
  if (!compute) return false;
  const numbers = Array.from({ length: arity(code) }, () => t.popNumber()).reverse();
  const result = compute(...numbers);
  if (typeof result === 'boolean') t.pushBool(result);
  else t.pushNumber(result);
  return true;
}

const shuffles: Record<number, (t: Tools, stack: Uint8Array[], alt: Uint8Array[]) => void> = {
  [OP.NOP]: () => undefined,
  [OP.TOALTSTACK]: (t, _, alt) => void alt.push(t.pop()),
  [OP.FROMALTSTACK]: (t, _, alt) => t.push(tools(alt).pop()),
  [OP.DROP_2]: (t) => void [t.pop(), t.pop()],
  [OP.DUP_2]: (t) => {
    const [b, a] = [t.pop(), t.pop()];
    t.push(a, b, a, b);
  },
  [OP.IFDUP]: (t) => {
    const a = t.pop();
    t.push(a);
    if (isTrue(a)) t.push(a);
  },
  [OP.DEPTH]: (t, stack) => t.pushNumber(BigInt(stack.length)),
  [OP.DROP]: (t) => void t.pop(),
  [OP.DUP]: (t) => {
    const a = t.pop();
    t.push(a, a);
  },
  [OP.NIP]: (t) => {
    const [b] = [t.pop(), t.pop()];
    t.push(b);
  },
  [OP.OVER]: (t) => {
    const [b, a] = [t.pop(), t.pop()];
    t.push(a, b, a);
  },
  [OP.ROT]: (t) => {
    const [c, b, a] = [t.pop(), t.pop(), t.pop()];
    t.push(b, c, a);
  },
  [OP.SWAP]: (t) => {
    const [b, a] = [t.pop(), t.pop()];
    t.push(b, a);
  },
  [OP.TUCK]: (t) => {
    const [b, a] = [t.pop(), t.pop()];
    t.push(b, a, b);
  },
  [OP.SIZE]: (t) => {
    const a = t.pop();
    t.push(a);
    t.pushNumber(BigInt(a.length));
  },
};

const hashes: Record<number, (bytes: Uint8Array) => Uint8Array> = {
  [OP.RIPEMD160]: ripemd160,
  [OP.SHA256]: (bytes) => sha256(bytes),
  [OP.HASH160]: (bytes) => ripemd160(sha256(bytes)),
  [OP.HASH256]: (bytes) => sha256d(bytes),
};

/** The operand of CLTV and CSV stays on the stack and may have five bytes. */
function peekTime(t: Tools): bigint {
  const top = t.pop();
  t.push(top);
  return readNumber(top, 5);
}

function runCheck(code: number, t: Tools, machine: Machine): boolean {
  switch (code) {
    case OP.VERIFY:
      t.verify(isTrue(t.pop()), 'OP_VERIFY failed');
      return true;
    case OP.EQUAL:
      t.pushBool(equalBytes(t.pop(), t.pop()));
      return true;
    case OP.EQUALVERIFY:
      t.verify(equalBytes(t.pop(), t.pop()), 'OP_EQUALVERIFY failed');
      return true;
    case OP.NUMEQUALVERIFY:
      t.verify(t.popNumber() === t.popNumber(), 'OP_NUMEQUALVERIFY failed');
      return true;
    case OP.CLTV:
      checkLockTime(machine.spend, peekTime(t));
      return true;
    case OP.CSV:
      checkSequence(machine.spend, peekTime(t));
      return true;
    case OP.CHECKSIG:
    case OP.CHECKSIGVERIFY: {
      const [key, signature] = [t.pop(), t.pop()];
      const good = machine.checkSig(signature, key);
      if (code === OP.CHECKSIG) t.pushBool(good);
      else t.verify(good, 'OP_CHECKSIGVERIFY failed');
      return true;
    }
    case OP.CHECKSIGADD: {
      if (machine.version !== 'tapscript') return false;
      const [key, n, signature] = [t.pop(), t.popNumber(), t.pop()];
      t.pushNumber(n + (machine.checkSig(signature, key) ? 1n : 0n));
      return true;
    }
    default:
      return false;
  }
}

/** One operation outside of IF/ELSE/ENDIF. */
function step({ code, data }: Operation, t: Tools, machine: Machine, alt: Uint8Array[]): void {
  if (data) return t.push(data);
  if (code === OP.NEGATE_1) return t.pushNumber(-1n);
  if (code >= OP.ONE && code <= OP.SIXTEEN) return t.pushNumber(BigInt(code - 0x50));
  if (code === OP.RETURN) throw new ScriptError('OP_RETURN was encountered');
  const shuffle = shuffles[code];
  if (shuffle) return shuffle(t, machine.stack, alt);
  const hash = hashes[code];
  if (hash) return t.push(hash(t.pop()));
  if (runArithmetic(code, t) || runCheck(code, t, machine)) return;
  throw unverifiable(`opcode 0x${code.toString(16)}`);
}

/** Condition of IF and NOTIF: exactly true or false where the version (or relay) demands it. */
function condition(t: Tools, version: Machine['version']): boolean {
  const top = t.pop();
  if (version !== 'legacy' && top.length > 0 && !(top.length === 1 && top[0] === 1))
    throw new ScriptError('OP_IF/NOTIF argument must be minimal');
  return isTrue(top);
}

/**
 * Runs a script on the machine's stack.
 * @throws ScriptError when it fails, or uses what the devnet cannot judge (also in a branch that is not taken)
 */
export function execute(script: Uint8Array, machine: Machine): void {
  const limited = machine.version !== 'tapscript';
  if (limited && script.length > MAX_SCRIPT) throw new ScriptError('script is too big');
  const t = tools(machine.stack);
  const alt: Uint8Array[] = [];
  /** One entry for each open IF: is its current branch taken? */
  const branches: boolean[] = [];
  let counted = 0;
  for (const operation of readScript(script)) {
    const { code } = operation;
    const taken = branches.every(Boolean);
    if (code > OP.SIXTEEN && ++counted > MAX_OPERATIONS && limited)
      throw new ScriptError('operation limit exceeded');
    if (!known(code, machine.version)) throw unverifiable(`opcode 0x${code.toString(16)}`);
    if (code === OP.IF || code === OP.NOTIF) {
      const held = taken && condition(t, machine.version);
      branches.push(taken && held === (code === OP.IF));
    } else if (code === OP.ELSE || code === OP.ENDIF) {
      const open = branches.pop();
      if (open === undefined) throw new ScriptError('invalid OP_IF construction');
      if (code === OP.ELSE) branches.push(!open);
    } else if (taken) {
      step(operation, t, machine, alt);
    }
    if (machine.stack.length + alt.length > MAX_STACK) throw new ScriptError('stack size limit exceeded');
  }
  if (branches.length > 0) throw new ScriptError('invalid OP_IF construction');
}

const NUMBERS: ReadonlySet<number> = new Set(Object.values(OP));

function known(code: number, version: Machine['version']): boolean {
  if (code === OP.CHECKSIGADD) return version === 'tapscript';
  return code <= OP.SIXTEEN ? code !== 0x50 : NUMBERS.has(code);
}
