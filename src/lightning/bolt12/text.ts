// Text form of BOLT 12 messages ("Encoding"): bech32 without checksum or length limit, pieces joined by `+`.
import type { Bytes } from '../../crypto/curve.ts';
import { bytesToWords, wordsToBytes } from '../words.ts';
import { invalidBolt12 } from './errors.ts';

/** `lno` an offer, `lnr` an invoice request or refund, `lni` an invoice. */
export type Bolt12Prefix = 'lno' | 'lnr' | 'lni';

const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** The BOLT has no limit; nothing that a person pays is longer. */
const MAX_LENGTH = 64_000;

const SPACE = /\s/;

/** The text in one piece. White space is allowed after a `+` only. */
function join(text: string): string {
  const [first = '', ...others] = text.split('+');
  if (others.length === 0) return text;
  if (SPACE.test(first)) throw invalidBolt12('InvalidLeadingWhitespace');
  const rest = others.map((piece) => piece.trimStart());
  for (const piece of [first, ...rest]) {
    if (piece === '' || SPACE.test(piece)) throw invalidBolt12('InvalidContinuation');
  }
  return first + rest.join('');
}

/** A character as rust prints it. */
const shown = (char: string): string =>
  ({ '\n': '\\n', '\r': '\\r', '\t': '\\t', "'": "\\'", '\\': '\\\\' })[char] ?? char;

const parseError = (fault: string): Error => invalidBolt12(`Bech32(Parse(${fault}))`);

/** Splits at the last `1` and looks at every character. */
function split(text: string): { prefix: string; data: string } {
  const at = text.lastIndexOf('1');
  const data = text.slice(at + 1);
  for (const char of Array.from(data).toReversed()) {
    if (!CHARSET.includes(char.toLowerCase()) || char.length > 1)
      throw parseError(`Char(InvalidChar('${shown(char)}'))`);
  }
  if (at < 0) throw parseError('Char(MissingSeparator)');
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) throw parseError('Char(MixedCase)');
  for (const char of text.slice(0, at)) {
    const code = char.codePointAt(0) as number;
    if (code > 127) throw parseError(`Hrp(NonAsciiChar('${char}'))`);
    if (code < 33 || code > 126) throw parseError(`Hrp(InvalidAsciiByte(${code}))`);
  }
  if (at === 0) throw parseError('Hrp(Empty)');
  return { prefix: text.slice(0, at).toLowerCase(), data: data.toLowerCase() };
}

/** Bytes of a BOLT 12 text. @throws SkiffError INVALID_INVOICE. */
export function decodeBolt12Text(prefix: Bolt12Prefix, text: string): Bytes {
  if (text.length > MAX_LENGTH) throw invalidBolt12('Decode(InvalidValue)', 'too long');
  const parts = split(join(text));
  if (parts.prefix !== prefix) throw invalidBolt12('InvalidBech32Hrp');
  const words = Uint8Array.from(parts.data, (char) => CHARSET.indexOf(char));
  const spare = (words.length * 5) % 8;
  if (spare >= 5) throw invalidBolt12('InvalidPadding(TooMuch)');
  if (((words.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) throw invalidBolt12('InvalidPadding(NonZero)');
  return wordsToBytes(words);
}

/** Text form of BOLT 12 bytes, lower case. */
export const encodeBolt12Text = (prefix: Bolt12Prefix, bytes: Bytes): string =>
  `${prefix}1${Array.from(bytesToWords(bytes), (w) => CHARSET.charAt(w)).join('')}`;
