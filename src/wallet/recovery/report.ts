// What a recovery found, in sets of coin ids that do not overlap.

export interface RecoveryReport {
  /** Ours again, and spendable. */
  recovered: string[];
  /** Spent, or never finished: nothing to have. */
  skipped: string[];
  /** Ours, but not to be had now; a later run may succeed. */
  failed: { id: string; reason: string }[];
  /** Not ours: no key of this seed within reach. */
  foreign: string[];
  /** On the chain already, or on their way there. */
  exited: string[];
  /** Ids that the server does not know (any more). */
  notFound: string[];
  /** Everything that was heard of has an answer. */
  complete: boolean;
}

export const emptyReport = (): RecoveryReport => ({
  recovered: [],
  skipped: [],
  failed: [],
  foreign: [],
  exited: [],
  notFound: [],
  complete: true,
});
