// Two weeks of short-lived coins, the browser open one hour a day: no coin expires. The year is in `npm run conformance`.
import { expect, test } from 'vitest';
import { live, told } from '../conformance/year.ts';

// A chain of hours: what it holds is shown to Bitcoin Core's code by other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

test(
  'coins are renewed in time although the browser is closed nearly always',
  { timeout: 240_000 },
  async () => {
    const story = await live({ days: 14, lifetime: 800, threshold: 144, seed: 7 });
    console.log(told(story));
    expect(story.renewals).toBeGreaterThan(1);
    expect(story.payments + story.receipts).toBeGreaterThan(5);
  },
);
