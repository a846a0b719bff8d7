// Block heights and deltas as Ark counts them: bounded when read, saturating when added (ark-lib vtxo/policy/mod.rs).

/** Largest block delta a VTXO or policy may name. */
export const MAX_BLOCK_DELTA = 16383;
/** Largest block height a VTXO or policy may name: below the locktime threshold with room for four deltas. */
export const MAX_BLOCK_HEIGHT = 499_934_467;

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;

/** Is `value` a block delta that may appear in a VTXO? */
export const isBlockDelta = (value: number): boolean => isCount(value) && value <= MAX_BLOCK_DELTA;

/** Is `value` a block height that may appear in a VTXO? */
export const isBlockHeight = (value: number): boolean => isCount(value) && value <= MAX_BLOCK_HEIGHT;

/** a + b blocks, at most 65535. */
export const addDelta = (a: number, b: number): number => Math.min(a + b, U16_MAX);

/** delta · times blocks, at most 65535. */
export const multiplyDelta = (delta: number, times: number): number => Math.min(delta * times, U16_MAX);

/** height + delta, at most 2^32 − 1. */
export const addHeight = (height: number, delta: number): number => Math.min(height + delta, U32_MAX);
