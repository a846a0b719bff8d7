import { describe, expect, it } from 'vitest';
import { judge } from '../../supply/audit.ts';
import type { Lock } from '../../supply/lock.ts';

const lock: Lock = { packages: { 'node_modules/shipped': {}, 'node_modules/tool': { dev: true } } };
const URL = 'https://github.com/advisories/GHSA-1';

const report = (name: string, severity: string): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      [name]: { nodes: [`node_modules/${name}`], via: [{ title: 'bad', url: URL, severity }, 'another'] },
    },
  });

describe('what npm audit says', () => {
  it.each(['info', 'low', 'moderate', 'high', 'critical'])(
    'a %s advisory on a shipped package fails',
    (severity) => {
      expect(judge(report('shipped', severity), lock)).toMatchObject({
        answered: true,
        advisories: [expect.stringContaining('bad')],
      });
    },
  );

  it.each([
    ['low', 0],
    ['moderate', 0],
    ['high', 1],
    ['critical', 1],
  ])('a %s advisory on a tool counts %d', (severity, count) => {
    expect(judge(report('tool', severity), lock)).toHaveProperty('advisories.length', count);
  });

  it('a package whose place is not known counts as shipped', () => {
    expect(judge(report('stranger', 'low'), lock)).toHaveProperty('advisories.length', 1);
  });

  it('what is tolerated is told, with its reason', () => {
    const verdict = judge(report('shipped', 'high'), lock, { [URL]: 'never called' });
    expect(verdict).toEqual({
      answered: true,
      advisories: [],
      tolerated: [expect.stringContaining('never called')],
    });
  });

  it('no advisories is a pass', () => {
    const nothing = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
    expect(judge(nothing, lock)).toEqual({ answered: true, advisories: [], tolerated: [] });
  });

  it.each([
    ['', 'npm audit printed nothing'],
    ['<html>', '<html>'],
    ['{}', 'npm audit gave no report'],
    [JSON.stringify({ message: '405 Method Not Allowed', error: { summary: '' } }), '405 Method Not Allowed'],
  ])('%j is no answer, and never a pass', (printed, why) => {
    expect(judge(printed, lock)).toEqual({ answered: false, why });
  });
});
