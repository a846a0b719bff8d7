// The height of the chain while nobody tells it. Without imports: the popup reads balances with it.

/** Seconds between blocks, as the network aims at. */
const BLOCK_SECONDS = 600;
/** A tip that was seen so long ago is shown as old, in ms. */
const OLD = 30 * 60_000;

export interface KnownTip {
  /** As seen, or with the blocks that must have come since. */
  height: number;
  /** When it was seen. */
  at: number;
  /** True: nobody has told us for a while, so `height` is a guess. */
  old: boolean;
}

/** The tip as of now from the last one that was seen: while no source answers, one block each ten minutes is added. */
export function tipNow(seen: { height: number; at: number }, now: number): KnownTip {
  const old = now - seen.at > OLD;
  const since = old ? Math.floor((now - seen.at) / (BLOCK_SECONDS * 1000)) : 0;
  return { height: seen.height + since, at: seen.at, old };
}
