// The steps of the welcome tab and what they gather. The words live in this page's memory only, until the wallet is made.

export type Step = 'start' | 'words' | 'check' | 'restore' | 'finish' | 'done';

/** Three different positions of twelve, ascending, for the check. @param random numbers of 0 … 1, at least three */
export function pickThree(random: () => number, count = 12): number[] {
  const left = Array.from({ length: count }, (_, i) => i);
  const picked: number[] = [];
  while (picked.length < 3) picked.push(...left.splice(Math.floor(random() * left.length), 1));
  return picked.sort((a, b) => a - b);
}

/** One word a line, however it was typed. */
export const tidyWords = (text: string): string => text.toLowerCase().trim().split(/\s+/).join(' ');
