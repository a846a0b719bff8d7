import { describe, expect, it } from 'vitest';
import type { MovementRow } from '../../../src/store/rows.ts';
import { changeOf, failureOf, minerFeeOf, otherSide, titleOf } from '../../../src/ui/activity.ts';
import { levelOfHash } from '../../../src/ui/levels.ts';
import { day, lasting } from '../../../src/ui/when.ts';

const line = (over: Partial<MovementRow>): MovementRow =>
  ({
    id: 1,
    status: 'successful',
    subsystem: { name: 'bark.lightning_send', kind: 'send' },
    intended: -100n,
    effective: -103n,
    fee: 3n,
    sentTo: [],
    receivedOn: [],
    inputs: [],
    outputs: [],
    exited: [],
    metadata: {},
    createdAt: 0,
    updatedAt: 0,
    ...over,
  }) as MovementRow;

describe('a line of the history', () => {
  it('shows what was meant until it is done, and then what it cost', () => {
    expect(changeOf(line({ status: 'pending' }))).toBe(-100n);
    expect(changeOf(line({ status: 'failed', effective: 0n }))).toBe(-100n);
    expect(changeOf(line({}))).toBe(-103n);
  });

  it('of on-chain bitcoin counts what left, miners included, though the balance stays', () => {
    const paid = line({
      subsystem: { name: 'skiff.onchain', kind: 'send' },
      intended: 0n,
      effective: 0n,
      metadata: { onchain_sent_sat: 5000, onchain_fee_sat: 200 },
    });
    expect([changeOf(paid), minerFeeOf(paid)]).toEqual([-5200n, 200n]);
    expect(minerFeeOf(line({ metadata: { onchain_fee_sat: 'many' } }))).toBe(0n);
  });

  it('tells why it failed, if the note can be read', () => {
    const failure = { code: 'ROUTE_TOO_DEAR', say: 'Too dear.', details: { surplus: 10 } };
    expect(failureOf(line({ metadata: { failure } }))).toEqual(failure);
    expect(failureOf(line({ metadata: { failure: { say: 'No.' } } }))).toEqual({ say: 'No.', details: {} });
    for (const odd of ['text', null, [1], { code: 'X' }, 7])
      expect(failureOf(line({ metadata: { failure: odd } }))).toBeUndefined();
  });

  it('has a title also when nobody knows its kind', () => {
    expect(titleOf(line({}))).toBe('activity.paid');
    expect(titleOf(line({ subsystem: { name: 'later', kind: 'thing' } }))).toBe('activity.other');
  });

  it('names the site that asked before the destination', () => {
    const sentTo = [{ type: 'ark', value: 'a'.repeat(60), amount: 1n }] as MovementRow['sentTo'];
    expect(otherSide(line({ sentTo }))).toBe('aaaaaaaa…aaaaaaaa');
    const site = { topOrigin: 'https://shop.example:8443', frameOrigin: 'https://shop.example:8443' };
    expect(otherSide(line({ sentTo, site }))).toBe('shop.example:8443');
  });
});

describe('times', () => {
  it('last for minutes, hours or days', () => {
    const minute = 60_000;
    expect([-5, 0, 61_000, 59.5 * minute].map(lasting)).toEqual(['1 min', '1 min', '2 min', '60 min']);
    expect([60 * minute, 47 * 60 * minute, 48 * 60 * minute].map(lasting)).toEqual(['1 h', '47 h', '2 days']);
  });

  it('of another year name it', () => {
    const now = Date.UTC(2026, 5, 15);
    expect(day(now, now)).not.toContain('2026');
    expect(day(Date.UTC(2027, 5, 15), now)).toContain('2027');
  });
});

describe('the level a page opens at', () => {
  it('is home but for the scanner', () => {
    expect(['', '#scan', '#pay', '#anything'].map((hash) => levelOfHash(hash).at)).toEqual([
      'home',
      'scan',
      'home',
      'home',
    ]);
  });
});
