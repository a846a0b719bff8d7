// How good a password is, judged in the browser without asking anybody. Refused is what a thief of the profile tries in
// the first hours: what is short, what many people take, what the keyboard lays next to each other. Everything else is
// the person's choice, shown with an honest word.
import { COMMON_WORDS } from './common-words.ts';

/** `short` and `common` are refused. */
export type Strength = 'short' | 'common' | 'weak' | 'fair' | 'strong';

export const MIN_PASSWORD = 8;
const FAIR_BITS = 45;
const STRONG_BITS = 70;
/** About what a word of a list of some thousand is worth. */
const WORD_BITS = 12;
/** Digits and signs around a common word that do not make it better. */
const MAX_TRIMMINGS = 6;
/** Digits alone are dates and telephone numbers. */
const MIN_DIGITS = 12;

const FORWARD = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1qazxsw23edcvfr4',
  'qazwsxedcrfvtgbyhnujm',
  'qazxswedcvfr',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1a2b3c4d5e6f7g8h',
  'a1b2c3d4e5f6g7h8',
  '12qwaszx',
  '147258369',
  '741852963',
  '789456123',
  '123654789',
  '159357',
  '1029384756',
];
const WALKS = FORWARD.flatMap((walk) => [walk, [...walk].reverse().join('')]);
const MIN_STRETCH = 3;
const MAX_STRETCH = Math.max(...WALKS.map((walk) => walk.length));

const WRITTEN: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
const unwritten = (text: string): string => [...text].map((c) => WRITTEN[c] ?? c).join('');

/** `abcabc` → `abc`. */
function unitOf(text: string): string {
  for (let size = 1; size <= text.length / 2; size++)
    if (text.length % size === 0 && text === text.slice(0, size).repeat(text.length / size))
      return text.slice(0, size);
  return text;
}

/** How many characters lie in stretches of keyboard or alphabet, taken greedily from the left. */
function walked(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length;) {
    let length = Math.min(text.length - at, MAX_STRETCH);
    while (length >= MIN_STRETCH && !WALKS.some((walk) => walk.includes(text.slice(at, at + length))))
      length--;
    const stretch = length >= MIN_STRETCH ? length : 0;
    sum += stretch;
    at += stretch || 1;
  }
  return sum;
}

const isListed = (text: string): boolean => {
  if (COMMON_WORDS.has(text)) return true;
  for (let cut = 1; cut < text.length; cut++)
    if (COMMON_WORDS.has(text.slice(0, cut)) && COMMON_WORDS.has(text.slice(cut))) return true;
  return false;
};

function isCommon(password: string): boolean {
  const text = password.normalize('NFKC').toLowerCase();
  const unit = unitOf(text);
  if (unit.length <= 4) return true;
  if (/^\d+$/.test(text) && text.length < MIN_DIGITS) return true;
  if (text.length - walked(text) <= 1) return true;
  const trimmed = unit.replace(/^[^a-z@$]+|[^a-z@$]+$/g, '');
  return [unit, unwritten(unit), unwritten(trimmed)]
    .map((form) => form.replace(/^[^a-z]+|[^a-z]+$/g, ''))
    .some((core) => core !== '' && unit.length - core.length <= MAX_TRIMMINGS && isListed(core));
}

const GROUPS: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/\d/, 10],
  [/[^a-zA-Z\d]/, 33],
];

/** A generous guess at the work of guessing: letters, less where one follows from the one before, and words as words. */
function bitsOf(password: string): number {
  const pool = GROUPS.reduce((sum, [group, size]) => sum + (group.test(password) ? size : 0), 0);
  const codes = [...password].map((c) => c.codePointAt(0)!);
  const counted = codes.reduce(
    (sum, code, i) => sum + (i > 0 && Math.abs(code - codes[i - 1]!) <= 1 ? 0.25 : 1),
    0,
  );
  const words = password.split(/[\s\-_.,]+/).filter((word) => word !== '');
  const asLetters = counted * Math.log2(pool);
  const plain = words.length > 1 && words.every((word) => /^\p{L}{3,}$/u.test(word));
  return plain ? Math.min(asLetters, words.length * WORD_BITS) : asLetters;
}

/** What to think of this password. */
export function strengthOf(password: string): Strength {
  if ([...password].length < MIN_PASSWORD) return 'short';
  if (isCommon(password)) return 'common';
  const bits = bitsOf(password);
  if (bits < FAIR_BITS) return 'weak';
  return bits < STRONG_BITS ? 'fair' : 'strong';
}
