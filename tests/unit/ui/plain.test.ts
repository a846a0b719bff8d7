import { expect, test } from 'vitest';
import { plain } from '../../../src/ui/plain.ts';

test('text of a site shows what cannot be seen, and leaves alone what can', () => {
  expect(plain('Log in at shop.example\n\tnonce 7')).toBe('Log in at shop.example\n\tnonce 7');
  expect(plain('Grüße 👩‍👧 שלום 你好 é')).toBe('Grüße 👩‍👧 שלום 你好 é');
  expect(plain('pay \u202egnp.exe')).toBe('pay ‹U+202E›gnp.exe');
  expect(plain('a\u200bb\u0000c\u001b[31m\ufeff\u{e0041}')).toBe(
    'a‹U+200B›b‹U+0000›c‹U+001B›[31m‹U+FEFF›‹U+E0041›',
  );
  expect(plain('<b>bold</b>')).toBe('<b>bold</b>');
});
