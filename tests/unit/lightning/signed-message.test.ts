// Messages signed as lnd and Core Lightning sign them. The vectors are published ones: three signatures made by people with
// their nodes (Core Lightning's tests/test_misc.py) and the one that LDK pins in lightning/src/util/message_signing.rs.
import fc from 'fast-check';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { messageKey } from '../../../src/lightning/message-key.ts';
import { signerOf, signText } from '../../../src/lightning/signed-message.ts';

const ONE = fromHex('00'.repeat(31) + '01');

const NODES = [
  {
    who: '@bitconner',
    text: 'is this compatible?',
    signature:
      'rbgfioj114mh48d8egqx8o9qxqw4fmhe8jbeeabdioxnjk8z3t1ma1hu1fiswpakgucwwzwo6ofycffbsqusqdimugbh41n1g698hr9t',
    key: '02b80cabdf82638aac86948e4c06e82064f547768dcef977677b9ea931ea75bab5',
  },
  {
    who: '@duck1123',
    text: 'hi',
    signature:
      'rnrphcjswusbacjnmmmrynh9pqip7sy5cx695h6mfu64iac6qmcmsd8xnsyczwmpqp9shqkth3h4jmkgyqu5z47jfn1q7gpxtaqpx4xg',
    key: '02de60d194e1ca5947b59fe8e2efd6aadeabfb67f2e89e13ae1a799c1e08e4a43b',
  },
  {
    who: '@jochemin',
    text: 'hi',
    signature:
      'ry8bbsopmduhxy3dr5d9ekfeabdpimfx95kagdem7914wtca79jwamtbw4rxh69hg7n6x9ty8cqk33knbxaqftgxsfsaeprxkn1k48p3',
    key: '022b8ece90ee891cbcdac0c1cc6af46b73c47212d8defbce80265ac81a6b794931',
  },
];

const recovered = (text: string, signature: string) => {
  const key = signerOf(curve, text, signature);
  return key && toHex(key);
};

describe('a signed message', () => {
  for (const { who, text, signature, key } of NODES) {
    test(`of ${who}’s node is by that node’s key`, () => {
      expect(recovered(text, signature)).toBe(key);
      expect(recovered(`${text} `, signature)).not.toBe(key);
    });
  }

  test('by the key 1 is the one that LDK makes', () => {
    const signature = signText(curve, 'test message', ONE);
    expect(signature).toBe(
      'd9tibmnic9t5y41hg7hkakdcra94akas9ku3rmmj4ag9mritc8ok4p5qzefs78c9pqfhpuftqqzhydbdwfg7u6w6wdxcqpqn4sj4e73e',
    );
    expect(recovered('test message', signature)).toBe(toHex(curve.publicKey(ONE)));
  });

  test('comes back to its signer, as noble’s own recovery says, too', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (text, seed) => {
          const secret = sha256(seed);
          const signature = signText(curve, text, secret);
          expect(signature).toMatch(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{104}$/);
          const key = toHex(curve.publicKey(secret));
          expect(recovered(text, signature)).toBe(key);
          expect(signText(curve, text, secret)).toBe(signature);
          const hash = sha256(sha256(utf8ToBytes(`Lightning Signed Message:${text}`)));
          const raw = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' });
          expect(toHex(secp256k1.recoverPublicKey(raw, hash, { prehash: false }))).toBe(key);
        },
      ),
      { numRuns: 25 },
    );
  });

  test.each([
    ['nothing', ''],
    ['another alphabet', 'l'.repeat(104)],
    ['a letter less', NODES[0]!.signature.slice(1)],
    ['eight letters more', `${NODES[0]!.signature}yyyyyyyy`],
    ['a recovery id that does not exist', `y${NODES[0]!.signature.slice(1)}`],
    ['zeros', 'y'.repeat(104)],
  ])('is not %s', (_what, signature) => {
    expect(signerOf(curve, NODES[0]!.text, signature)).toBeUndefined();
  });

  test('of half a letter is refused: it has no bytes', () => {
    expect(() => signText(curve, '\ud83d', ONE)).toThrow(/INVALID_ARGUMENT/);
    expect(() => signerOf(curve, '\ud83d', NODES[0]!.signature)).toThrow(/INVALID_ARGUMENT/);
  });
});

describe('the key that signs for a site', () => {
  const seed = new Uint8Array(64).fill(7);
  const key = (scope: string, from = seed) => toHex(messageKey(from, scope).secret);

  test('comes again from the seed, and is another for each site and seed', () => {
    expect(key('a a')).toBe(key('a a'));
    const all = [key('a a'), key('a b'), key('b b'), key('a a', new Uint8Array(64).fill(8))];
    expect(new Set(all).size).toBe(4);
    expect(toHex(messageKey(seed, 'a a').publicKey)).toBe(toHex(curve.publicKey(fromHex(key('a a')))));
  });

  test('is pinned: what sites know a person by must not change with a version', () => {
    expect(toHex(messageKey(seed, 'https://a.example https://a.example').publicKey)).toMatchInlineSnapshot(
      `"02d872f3d02eba676e9a933658d5aaa15dfcb5ff8148609acfbd12ed7bb0151807"`,
    );
  });
});
