// SECURITY.md promises a test for each line of its threat model.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every line of the threat model names who, what, what stops them, and tests that are there', () => {
  const text = readFileSync('SECURITY.md', 'utf8');
  const table = /\n\| who \|[^\n]+\n\|[-|]+\n((?:\|[^\n]+\n)+)/.exec(text)?.[1]?.trim().split('\n') ?? [];
  expect(table.length).toBeGreaterThan(30);
  for (const line of table) {
    const cells = line.split(' | ');
    expect(cells, line).toHaveLength(4);
    const named = [...cells[3]!.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
    expect(named.length, line).toBeGreaterThan(0);
    for (const path of named) expect(existsSync(path), path).toBe(true);
  }
});
