// The curve with a memory, for tests that restart wallets thousands of times: the devnet and every reopened wallet check
// the same signatures again and again. Only pure functions of public data are remembered, by all their bytes.
import { toHex } from '../../../src/crypto/bytes.ts';
import type { Bytes, Curve } from '../../../src/crypto/curve.ts';

const MOST = 100_000;

function remembered<A extends readonly (Bytes | number)[], R>(run: (...args: A) => R): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = args.map((a) => (typeof a === 'number' ? `${a}` : toHex(a))).join();
    if (!known.has(key)) {
      if (known.size >= MOST) known.clear();
      known.set(key, run(...args));
    }
    return known.get(key)!;
  };
}

/** `curve`, which checks each signature once. */
export const rememberingCurve = (curve: Curve): Curve => ({
  ...curve,
  schnorrVerify: remembered(curve.schnorrVerify),
  ecdsaRecover: remembered(curve.ecdsaRecover),
  ecdsaVerify: remembered(curve.ecdsaVerify),
  tweakXOnly: remembered(curve.tweakXOnly),
});
