import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], sequence: { shuffle: true } } },
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
