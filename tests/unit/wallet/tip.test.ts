import { expect, test } from 'vitest';
import { tipNow } from '../../../src/wallet/coins/tip.ts';

test('a tip that was seen lately is believed; an old one is carried on, a block each ten minutes, and called old', () => {
  const seen = { height: 1_000, at: 5_000_000 };
  const minutes = (n: number) => tipNow(seen, seen.at + n * 60_000);
  expect(minutes(0)).toEqual({ height: 1_000, at: 5_000_000, old: false });
  expect(minutes(30)).toMatchObject({ height: 1_000, old: false });
  expect(minutes(31)).toMatchObject({ height: 1_003, old: true });
  expect(minutes(24 * 60)).toMatchObject({ height: 1_144, at: 5_000_000, old: true });
});
