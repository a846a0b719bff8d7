// How the screens look and read, with made-up data: every story in both themes, through axe.
import { check } from './bench.ts';
import type { Case } from './run.ts';
import { shoot } from './stories/shoot.ts';

export const screenCases: Case[] = [
  {
    name: 'every screen is accessible and fits its window, in light and dark',
    ms: 400_000,
    async run() {
      const { drawn, faults } = await shoot();
      check(drawn > 40, 'the stories are gone');
      check(faults.length === 0, faults.join('\n'));
    },
  },
];
