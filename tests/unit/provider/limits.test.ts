import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMeter, fits } from '../../../src/provider/limits.ts';

describe('an argument', () => {
  it('of any form that JSON has is passed on, when it is small', () => {
    for (const small of [
      undefined,
      null,
      7,
      'lnbc1',
      true,
      [],
      {},
      { amount: 5, memo: 'tea', more: [1, 'x', null] },
    ])
      expect(fits(small)).toBe(true);
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => fits(value)));
  });

  it('that is larger than the limit is not, wherever the size lies', () => {
    const large = 'x'.repeat(65_600);
    for (const value of [
      large,
      [large],
      { memo: large },
      { [large]: 1 },
      Array(70_000).fill(1),
      { a: { b: [large] } },
    ])
      expect(fits(value)).toBe(false);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (JSON.stringify(value).length > 400_000) expect(fits(value)).toBe(false);
      }),
    );
  });

  it('is not read beyond the limit: what pretends to be endless costs nothing', () => {
    let read = 0;
    const endless = new Proxy([], {
      get: (target, key) => (key === 'length' ? 2 ** 32 - 1 : (read++, Reflect.get(target, key) as unknown)),
    });
    expect(fits(endless)).toBe(false);
    expect(read).toBeLessThan(70_000);
    expect(fits(new Uint8Array(50_000_000))).toBe(false);
  });

  it('that is no data is not', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    for (const odd of [
      10n,
      Symbol('x'),
      () => 1,
      new Map(),
      new Date(),
      /x/,
      circle,
      deep,
      new ArrayBuffer(4),
    ])
      expect(fits(odd)).toBe(false);
  });
});

describe('a meter', () => {
  it('counts what is open and what was said in a minute, and is as new when both are over', () => {
    const meter = createMeter({ open: 2, calls: 4 });
    expect([meter.admit(0), meter.admit(1), meter.admit(2)]).toEqual([true, true, false]);
    meter.done();
    expect([meter.admit(3), meter.idle(70_000)]).toEqual([true, false]);
    meter.done();
    meter.done();
    expect([meter.admit(4), meter.idle(59_999), meter.idle(60_000)]).toEqual([false, false, true]);
    expect(meter.admit(60_000)).toBe(true);
  });
});
