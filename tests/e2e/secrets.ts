// Looking for secrets in files: a secret in every common writing, and one pass over each file for all of them.
import { base32, base58, base64, base64url, hex } from '@scure/base';

/** Text as files hold it: one byte a letter, or two in either order. */
export function writings(text: string): Buffer[] {
  const wide = Buffer.from(text, 'utf16le');
  return [Buffer.from(text, 'utf8'), wide, Buffer.from(wide).swap16()];
}

/** Base64 of the middle, too, as it stands in a longer text: whole groups from each of the three places to begin. */
const groups = (secret: Uint8Array, write: (bytes: Uint8Array) => string): string[] =>
  [0, 1, 2].map((cut) => write(secret.slice(cut, cut + 3 * Math.floor((secret.length - cut) / 3))));

/** Bytes in every common writing. */
export function writtenBytes(secret: Uint8Array): Buffer[] {
  const list = [...secret];
  const back = Uint8Array.from(secret).reverse();
  const pairs = list.map((byte) => byte.toString(16).padStart(2, '0'));
  const texts = [
    ...[secret, back].flatMap((bytes) => [hex.encode(bytes), hex.encode(bytes).toUpperCase()]),
    ...[' ', ':', ', 0x', ',0x', '\\x', '%'].map((between) => pairs.join(between)),
    ...[secret, back].flatMap((bytes) => [
      ...groups(bytes, (part) => base64.encode(part)),
      ...groups(bytes, (part) => base64url.encode(part)),
    ]),
    base32.encode(secret).replace(/=+$/, ''),
    base58.encode(secret),
    list.join(','),
    list.join(', '),
    list.join(' '),
    // A typed array that JSON has taken for an object.
    list.map((byte, i) => `"${i}":${byte}`).join(','),
  ];
  // Bytes that were taken for letters, and written as UTF-8 again.
  const mangled = Buffer.from(Buffer.from(secret).toString('latin1'), 'utf8');
  return [Buffer.from(secret), Buffer.from(back), mangled, ...texts.flatMap(writings)];
}

/** A text, and its bytes in every writing of bytes, as it stands and as URLs and forms write it. */
export function writtenText(text: string): Buffer[] {
  const forms = [...new Set([text, encodeURIComponent(text), text.replaceAll(' ', '+')])];
  return [...forms.flatMap(writings), ...writtenBytes(Buffer.from(text, 'utf8'))];
}

/** Words of a phrase: three in a row tell more than chance would. */
export function writtenWords(words: readonly string[]): Buffer[] {
  const threes = words.slice(2).map((_, i) => words.slice(i, i + 3));
  return [
    ...threes.flatMap((three) => [
      ...[',', ', ', '","', '\n', '\0', ''].flatMap((between) => writings(three.join(between))),
      ...writtenText(three.join(' ')),
    ]),
    ...writtenText(words.join(' ')),
  ];
}

export type Secrets = ReadonlyMap<string, readonly Buffer[]>;

/** Names of the secrets that a file holds in any of their writings. */
export type Scan = (content: Uint8Array) => string[];

/** Shorter than this a writing would be found by chance. */
const MIN_BYTES = 8;

/** @throws Error for a writing that is too short to tell anything */
export function scanFor(secrets: Secrets): Scan {
  const starts = new Uint8Array(0x10000);
  const byHead = new Map<number, [what: string, form: Buffer][]>();
  for (const [what, forms] of secrets)
    for (const form of forms) {
      if (form.length < MIN_BYTES) throw new Error(`${what}: a writing of ${form.length} bytes`);
      starts[form.readUInt16BE(0)] = 1;
      const head = form.readUInt32BE(0);
      byHead.set(head, [...(byHead.get(head) ?? []), [what, form]]);
    }
  return (content) => {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const found = new Set<string>();
    let last = buffer[0] ?? 0;
    for (let at = 0; at + MIN_BYTES <= buffer.length; at++) {
      const next = buffer[at + 1]!;
      const two = (last << 8) | next;
      last = next;
      if (starts[two] === 0) continue;
      for (const [what, form] of byHead.get(buffer.readUInt32BE(at)) ?? [])
        if (!found.has(what) && buffer.subarray(at, at + form.length).equals(form)) found.add(what);
    }
    return [...found];
  };
}
