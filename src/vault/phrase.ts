// Recovery phrases: BIP 39, English, empty passphrase (as bark).
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedWebcrypto } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { SkiffError } from '../errors.ts';

/** A new phrase of 12 words from 16 fresh random bytes. @throws for another length */
export const phraseFromEntropy = (entropy: Uint8Array): string => entropyToMnemonic(entropy, wordlist);

/**
 * What a person typed or pasted → the phrase in canonical form.
 * @throws SkiffError INVALID_MNEMONIC; `details.word` is the place (from 1) of the first word that is not in the list
 */
export function readPhrase(text: string): string {
  const words = text.normalize('NFKD').toLowerCase().trim().split(/\s+/);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  const bad = (say: string, word?: number): never => {
    throw new SkiffError({ code: 'INVALID_MNEMONIC', say, details: { word } });
  };
  if (unknown >= 0)
    bad(`Word ${unknown + 1} is not one of the words that recovery phrases are made of.`, unknown + 1);
  if (words.length !== 12 && words.length !== 24) bad('A recovery phrase has 12 or 24 words.');
  const phrase = words.join(' ');
  try {
    mnemonicToEntropy(phrase, wordlist);
  } catch {
    bad('These words do not belong together: one is wrong or in the wrong place.');
  }
  return phrase;
}

/** 64-byte BIP 39 seed of a phrase in canonical form. */
export const phraseToSeed = async (phrase: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await mnemonicToSeedWebcrypto(phrase));
