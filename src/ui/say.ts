// What to tell a person about anything that was thrown.
import { isSkiffError } from '../errors.ts';

export const say = (e: unknown): string =>
  isSkiffError(e)
    ? e.say
    : 'Something inside Skiff went wrong. No money moved because of it; please try again.';
