// The text of a message to sign or to verify, as it crosses the trust edge: kept to the byte, for a signature is over that.
import * as v from 'valibot';

const MAX = 4000;

export const messageText = v.pipe(
  v.string('The message must be a string.'),
  v.minLength(1, 'The message is empty.'),
  v.maxLength(MAX, 'The message is too long to be read before it is signed.'),
  v.check((text) => text.isWellFormed(), 'The message is not proper Unicode.'),
);
