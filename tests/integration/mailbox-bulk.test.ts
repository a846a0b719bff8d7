// A thousand messages over streams that break at random (ten thousand: npm run conformance).
import { expect, test } from 'vitest';
import { bulk, bulkLine } from './support/mailbox-bulk.ts';

test('of a thousand messages every coin is stored exactly once', { timeout: 400_000 }, async () => {
  const report = await bulk(1000);
  console.log(bulkLine(report));
  expect(report.streams).toBeGreaterThan(3);
});
