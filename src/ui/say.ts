// What to tell a person about anything that was thrown.
import { isSkiffError } from '../errors.ts';

/** The host that did not answer, where the browser's permission to ask it may be what is missing. */
export const unaskedHost = (e: unknown): string | undefined =>
  isSkiffError(e, 'RECIPIENT_UNREACHABLE') && e.details['reason'] === 'network'
    ? e.details['host']
    : undefined;

export const say = (e: unknown): string =>
  isSkiffError(e)
    ? e.say
    : 'Something inside Skiff went wrong. No money moved because of it; please try again.';
