// Sizes and times of the static-invoice protocol as LDK has them (async_receive_offer_cache.rs, flow.rs of 0.3). Seconds.

export interface Limits {
  /** Offers kept, and invoices that the server keeps for us. */
  slots: number;
  /** Rounds of requests for offer paths between two ticks. */
  requestsPerTick: number;
  /** An offer that nobody was given may be replaced when it is older. */
  offerRefresh: number;
  /** The invoice of an offer that was given out is renewed when the last confirmed one is older. */
  invoiceRefresh: number;
  /** Paths for an offer must be good for at least this long. */
  leastPathLife: number;
  /** How long an answer to a request for paths is taken. */
  replyPathLife: number;
  /** Copies of one message: destinations by reply paths. */
  copies: number;
  /** Bytes of a static invoice that a server takes. */
  invoiceBytes: number;
}

export const LDK_LIMITS: Limits = {
  slots: 10,
  requestsPerTick: 3,
  offerRefresh: 2 * 3600,
  invoiceRefresh: 2 * 3600,
  leastPathLife: 3 * 30 * 24 * 3600,
  replyPathLife: 2 * 3600,
  copies: 10,
  invoiceBytes: 5 * 1024,
};
