// A page in both themes through axe.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

export const LOOKS = ['light', 'dark'] as const;

/** What axe finds wrong in either theme; `drawn` is called in each. */
export async function axeFaults(
  page: Page,
  name: string,
  drawn?: (look: string) => Promise<unknown>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const look of LOOKS) {
    await page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' });
    await drawn?.(look);
    const axe = new AxeBuilder({ page }).setLegacyMode();
    // Only colours differ between the themes.
    const { violations } = await (look === 'light' ? axe : axe.withRules('color-contrast')).analyze();
    for (const { id, nodes } of violations)
      faults.push(`${name} (${look}): ${id}: ${nodes.map((n) => n.target).join(' | ')}`);
  }
  return faults;
}
