// A command line that is well formed and still cannot be done: exit code 1, as in bark (2 is for what does not parse).
import { SkiffError } from '../src/errors.ts';

export const refuse = (say: string): SkiffError => new SkiffError({ code: 'INVALID_ARGUMENT', say });
