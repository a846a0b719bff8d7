// Text of strangers as it is: letters that cannot be seen, or that turn the order of others around, are written out, so that
// what a person reads is what is there.

/** Controls and format characters, but for line breaks, tabs and the joiner that emoji are made with. */
const UNSEEN = /[^\P{C}\n\t\u200d]/gu;

/** `text` with each unseen character as its code point, such as ‹U+202E›. */
export const plain = (text: string): string =>
  text.replace(UNSEEN, (c) => `‹U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`);
