import { describe, expect, test } from 'vitest';
import { strengthOf } from '../../../src/vault/password.ts';

describe('a password', () => {
  test.each(['', 'a', 'kd82#nq', '漢字漢字漢字漢'])(
    'of less than eight characters is too short: %j',
    (password) => expect(strengthOf(password)).toBe('short'),
  );

  test.each([
    // what everybody takes, with capitals, digits and signs around, letters written as signs
    ...[
      'password',
      'Password1',
      'P@ssw0rd123!',
      'passw0rd',
      '$atoshi123',
      'Bitcoin2026!',
      'iloveyou',
      'letmein1',
    ],
    ...[
      'Liverpool1',
      'Jennifer1985',
      'sunshine99',
      'monkey123',
      'superman',
      'trustno1',
      'Welcome1',
      'changeme1',
    ],
    // two of them
    ...['ilovebitcoin', 'monkeydragon7', 'iloveyou2'],
    // the keyboard, the alphabet, forwards and backwards
    ...['12345678', '87654321', 'qwertyuiop', 'qwertz123', 'asdfghjkl', '1qaz2wsx', '1q2w3e4r5t', 'zaq12wsx'],
    ...['abcdefgh', 'abcd1234', 'qwerty12345', '123456789a', 'a1b2c3d4', '147258369', '741852963'],
    // little repeated, dates, numbers of telephones
    ...['aaaaaaaa', 'abababab', '12341234', 'passwordpassword', '19871204', '0151234567'],
  ])('that many take is refused: %j', (password) => expect(strengthOf(password)).toBe('common'));

  test.each([
    ['correct horse', 'weak'],
    ['not the one', 'weak'],
    ['kd82hfnq', 'weak'],
    ['aaaaaaaab3', 'weak'],
    ['tr0ub4dor&3', 'fair'],
    ['correct horse battery staple', 'fair'],
    ['gravel onion seventeen lamp outside violet', 'strong'],
    ['f7#Kq9!vTz2@Lm', 'strong'],
    ['kdmvuwhqoxpzbnrtla', 'strong'],
  ] as const)('of a person is judged: %j is %s', (password, strength) =>
    expect(strengthOf(password)).toBe(strength),
  );

  test('is judged in no time, however long it is', () => {
    const start = performance.now();
    strengthOf('a'.repeat(999) + 'b');
    strengthOf('qwerty'.repeat(160) + '!');
    strengthOf('monkeydragon'.repeat(80) + 'x');
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
