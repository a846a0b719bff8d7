// May this input spend that output? Dispatches on the kind of output (BIP 16, 141, 341) and refuses every kind that it
// cannot judge. The rules are those by which nodes relay, a little stricter than consensus.
import { equalBytes, concat } from '../../../src/crypto/bytes.ts';
import { ripemd160, sha256, taggedHash } from '../../../src/crypto/hash.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { compactSize, varBytes } from '../le.ts';
import { ScriptError, unverifiable } from './error.ts';
import { execute } from './interpreter.ts';
import { isTrue } from './number.ts';
import { readScript } from './parse.ts';
import { ownOutput, type Spend } from './sighash.ts';
import { checkEcdsa, checkSchnorr, tapscriptChecker } from './signature.ts';
import { scriptKind } from './kind.ts';

const MAX_ELEMENT = 520;
const LEAF_VERSION = 0xc0;
const hash160 = (bytes: Uint8Array) => ripemd160(sha256(bytes));
const keyHashScript = (hash: Uint8Array) => Uint8Array.from([0x76, 0xa9, 20, ...hash, 0x88, 0xac]);

/** After a witness script exactly one true element is left. */
function expectTrue(stack: readonly Uint8Array[]): void {
  const [only] = stack;
  if (stack.length !== 1 || !only) throw new ScriptError('stack size must be exactly one after execution');
  if (!isTrue(only)) throw new ScriptError('script evaluated to false');
}

function runEcdsa(spend: Spend, script: Uint8Array, stack: Uint8Array[], version: 'legacy' | 'v0'): void {
  const checkSig = (signature: Uint8Array, key: Uint8Array) =>
    checkEcdsa(spend, script, signature, key, version);
  execute(script, { version, spend, stack, checkSig });
  expectTrue(stack);
}

function legacyPushes(scriptSig: Uint8Array): Uint8Array[] {
  return readScript(scriptSig).map(({ data }) => {
    if (!data) throw new ScriptError('scriptSig may only push');
    return data;
  });
}

function witnessKeyHash(spend: Spend, program: Uint8Array, witness: readonly Uint8Array[]): void {
  if (witness.length !== 2) throw new ScriptError('witness program mismatch');
  runEcdsa(spend, keyHashScript(program), [...witness], 'v0');
}

function witnessScriptHash(spend: Spend, program: Uint8Array, witness: readonly Uint8Array[]): void {
  const script = witness.at(-1);
  if (!script) throw new ScriptError('witness is empty');
  if (!equalBytes(sha256(script), program)) throw new ScriptError('witness program hash mismatch');
  const stack = witness.slice(0, -1);
  if (stack.some((item) => item.length > MAX_ELEMENT)) throw new ScriptError('push size limit exceeded');
  runEcdsa(spend, script, stack, 'v0');
}

/** Does this control block lead from the leaf to the output key (BIP 341)? */
function commits(control: Uint8Array, leaf: Uint8Array, outputKey: Uint8Array): boolean {
  const internal = control.subarray(1, 33);
  let node = leaf;
  for (let at = 33; at < control.length; at += 32) {
    const other = control.subarray(at, at + 32);
    const ordered = Buffer.compare(node, other) <= 0 ? [node, other] : [other, node];
    node = taggedHash('TapBranch', ...ordered);
  }
  try {
    const { lift_x: liftX, pointToBytes } = schnorr.utils;
    const tweak = secp256k1.Point.Fn.fromBytes(taggedHash('TapTweak', internal, node));
    const base = secp256k1.Point.BASE;
    const lifted = liftX(BigInt(`0x${Buffer.from(internal).toString('hex')}`));
    const point = tweak === 0n ? lifted : lifted.add(base.multiplyUnsafe(tweak));
    const odd = (point.toAffine().y & 1n) === 1n;
    return equalBytes(pointToBytes(point), outputKey) && odd === ((control[0] as number) & 1) > 0;
  } catch {
    return false;
  }
}

const witnessSize = (witness: readonly Uint8Array[]): number =>
  compactSize(witness.length).length + witness.reduce((sum, item) => sum + varBytes(item).length, 0);

function taproot(spend: Spend, outputKey: Uint8Array, witness: readonly Uint8Array[]): void {
  const [first, ...rest] = witness;
  if (!first) throw new ScriptError('witness is empty');
  const last = rest.at(-1);
  if (last?.[0] === 0x50) throw unverifiable('a taproot annex');
  if (!last) return checkSchnorr(spend, first, outputKey);
  const control = last;
  const script = witness.at(-2) as Uint8Array;
  const path = control.length - 33;
  if (path < 0 || path % 32 !== 0 || path > 128 * 32) throw new ScriptError('invalid control block size');
  const version = (control[0] as number) & 0xfe;
  const leaf = taggedHash('TapLeaf', concat(Uint8Array.of(version), varBytes(script)));
  if (!commits(control, leaf, outputKey)) throw new ScriptError('witness program hash mismatch');
  if (version !== LEAF_VERSION) throw unverifiable(`leaf version 0x${version.toString(16)}`);
  const stack = witness.slice(0, -2);
  if (stack.some((item) => item.length > MAX_ELEMENT)) throw new ScriptError('push size limit exceeded');
  const checkSig = tapscriptChecker(spend, leaf, witnessSize(witness));
  execute(script, { version: 'tapscript', spend, stack, checkSig });
  expectTrue(stack);
}

/** P2SH around P2WPKH: the only redeem script that is judged. */
function scriptHash(
  spend: Spend,
  hash: Uint8Array,
  scriptSig: Uint8Array,
  witness: readonly Uint8Array[],
): void {
  const pushes = legacyPushes(scriptSig);
  const redeem = pushes.at(-1);
  if (!redeem || !equalBytes(hash160(redeem), hash)) throw new ScriptError('OP_EQUALVERIFY failed');
  if (scriptKind(redeem) !== 'v0_p2wpkh' || pushes.length !== 1) throw unverifiable('P2SH of another script');
  witnessKeyHash(spend, redeem.subarray(2), witness);
}

/** @throws ScriptError unless the input at `spend.index` satisfies the script of the output that it spends */
export function verifyInput(spend: Spend): void {
  const input = spend.tx.inputs[spend.index];
  if (!input) throw new RangeError(`no input ${spend.index}`);
  const { scriptSig, witness } = input;
  const { script } = ownOutput(spend);
  const kind = scriptKind(script);
  const native = kind.startsWith('v') || kind === 'anchor';
  if (native && scriptSig.length > 0) throw new ScriptError('witness requires empty scriptSig');
  if (kind === 'p2pkh' && witness.length > 0)
    throw new ScriptError('witness provided for non-witness script');
  switch (kind) {
    case 'p2pkh':
      return runEcdsa(spend, script, legacyPushes(scriptSig), 'legacy');
    case 'p2sh':
      return scriptHash(spend, script.subarray(2, 22), scriptSig, witness);
    case 'v0_p2wpkh':
      return witnessKeyHash(spend, script.subarray(2), witness);
    case 'v0_p2wsh':
      return witnessScriptHash(spend, script.subarray(2), witness);
    case 'v1_p2tr':
      return taproot(spend, script.subarray(2), witness);
    case 'anchor':
      if (witness.length > 0) throw new ScriptError('witness of an anchor must be empty');
      return;
    default:
      throw unverifiable(`an output of kind ${kind}`);
  }
}
