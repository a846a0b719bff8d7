// How much time there must be to claim a Lightning payment by ourselves, when it is asked for and when it is judged.
import { describe, expect, test } from 'vitest';
import type { ArkInfo } from '../../../src/server/ark-info.ts';
import {
  htlcReceiveExpiry,
  minCltvDelta,
  timeToClaim,
} from '../../../src/wallet/actions/lightning-receive/deltas.ts';
import { defaultConfig } from '../../../src/wallet/ports.ts';

const config = defaultConfig('mainnet');
const deltas = { vtxoExitDelta: 144, htlcExpiryDelta: 40 };
const info = { ...deltas, maxUserInvoiceCltvDelta: 250 } as ArkInfo;
const minCltv = minCltvDelta(info, config);

/** Coins asked for at 1000, given at once or later, judged at `tip`. */
const judged = (tip: number, given = 1000) =>
  timeToClaim(
    { ...deltas, htlcExpiry: htlcReceiveExpiry({ tip: given, asked: 1000 }, minCltv, config) },
    { tip, asked: 1000 },
    config,
  );

describe('time to claim a payment alone', () => {
  test('is what bark asks for: both deltas, the margins, and two blocks of drift', () => {
    expect(minCltv).toBe(144 + 40 + 12 + 18 + 2);
    expect(htlcReceiveExpiry({ tip: 1000, asked: 1000 }, minCltv, config)).toBe(1000 + 214);
    const mean = { ...info, maxUserInvoiceCltvDelta: 215 };
    expect(() => minCltvDelta(mean, config)).toThrow(/too little time/);
  });

  test('is still there when up to three blocks were found since the coins were asked for, and no longer after four', () => {
    expect([1000, 1001, 1002, 1003].map((tip) => judged(tip))).toEqual(Array(4).fill('enough'));
    expect([1004, 1300].map((tip) => judged(tip))).toEqual(['late', 'late']);
  });

  test('coins that are given only later are asked for with just the time that is needed then', () => {
    for (const given of [1003, 1004, 1300]) {
      expect(judged(given, given), `given at ${given}`).toBe('enough');
      expect(judged(given + 1, given), `judged a block after ${given}`).toBe('late');
    }
  });

  test('of a coin whose deltas are longer than they were said to be was never enough', () => {
    const htlcExpiry = htlcReceiveExpiry({ tip: 1000, asked: 1000 }, minCltv, config);
    for (const lie of [{ htlcExpiryDelta: 41 }, { vtxoExitDelta: 145 }])
      expect(timeToClaim({ ...deltas, ...lie, htlcExpiry }, { tip: 1000, asked: 1000 }, config)).toBe(
        'short',
      );
  });

  test('without any time reckoned for the claim there is none to give away', () => {
    const bare = { ...config, claimDelta: 5 };
    const htlcExpiry = htlcReceiveExpiry({ tip: 1000, asked: 1000 }, minCltvDelta(info, bare), bare);
    const coin = { ...deltas, htlcExpiry };
    expect(timeToClaim(coin, { tip: 1000, asked: 1000 }, bare)).toBe('enough');
    expect(timeToClaim(coin, { tip: 1001, asked: 1000 }, bare)).toBe('late');
  });
});
