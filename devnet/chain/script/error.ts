// Why a script does not let an output be spent.
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** What Bitcoin may allow but the devnet cannot judge: it is refused, never waved through. */
export const unverifiable = (what: string): ScriptError =>
  new ScriptError(`devnet does not verify this script: ${what}`);
