// What every Lightning destination becomes before it is paid: one invoice that was checked, with what to remember of it.

import type { MetadataValue } from '../../store/rows.ts';

export interface Bill {
  /** The invoice as the Ark server gets it: `lnbc…`, `lni1…`. */
  text: string;
  /** 32 bytes. */
  paymentHash: Uint8Array;
  /** Unix seconds. */
  timestamp: number;
  /** Seconds after `timestamp`. */
  expirySeconds: bigint;
  /** For the line of the history. */
  notes?: Record<string, MetadataValue>;
}
