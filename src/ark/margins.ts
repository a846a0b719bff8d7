// Bark's margins in blocks, which several parts keep to.

/** Kept around an exit (`vtxo_exit_margin`). */
export const EXIT_MARGIN = 12;
/** Before its end at which a coin is renewed on mainnet (`vtxo_refresh_expiry_threshold`). */
export const MAINNET_RENEWAL = 144;
