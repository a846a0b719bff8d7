import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Shuffled, but the same way each time, so that a run repeats; another order: --sequence.seed=N.
    sequence: { seed: 22 },
    projects: [
      {
        // The limit guards against hanging, not against slowness: machines here are shared.
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          sequence: { shuffle: true },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          sequence: { shuffle: true },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
