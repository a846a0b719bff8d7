// State of one transfer to an Ark address.
//
//   inputs-locked ──▶ cosign-requested ──▶ registering ──▶ delivering ──▶ sent
//        │                  │
//        ▼                  ▼
//   failed, coins      reclaiming: spend the inputs to ourselves ──▶ failed
//   released
//
// From `cosign-requested` and `reclaiming` the inputs leave by the chain when nothing else helps in time
// (exits/last-resort.ts). The change may be spent at once: whoever spends it uploads its chain first.

import type { Sats } from '../../../units.ts';
import type { Parcel } from '../delivery.ts';
import type { FailureNote } from '../failure.ts';

export interface ArkoorSendTerms {
  /** Ark address of the recipient. */
  address: string;
  amount: Sats;
  inputs: string[];
  change: Sats[];
  /** Index of the key of the change; reclaimed inputs go there too. */
  changeKey: number;
}

/** Height when the request left. */
interface Since {
  /** Absent in rows of the first version. */
  since?: number;
}

export type ArkoorSendState = ArkoorSendTerms &
  (
    | { step: 'inputs-locked' }
    | ({ step: 'cosign-requested' } & Since)
    | ({ step: 'reclaiming'; failure: FailureNote } & Since)
    | { step: 'registering'; parcels: Parcel[]; changeIds: string[] }
    | { step: 'delivering'; parcels: Parcel[] }
  );

export type InStep<Step extends ArkoorSendState['step']> = Extract<ArkoorSendState, { step: Step }>;

/** The fixed part of a state. */
export const terms = (s: ArkoorSendState): ArkoorSendTerms => ({
  address: s.address,
  amount: s.amount,
  inputs: s.inputs,
  change: s.change,
  changeKey: s.changeKey,
});

export const KIND = 'arkoor-send';

/** Action id from 16 random bytes (hex). */
export const arkoorSendId = (random: string): string => `arkoor.${random}`;
