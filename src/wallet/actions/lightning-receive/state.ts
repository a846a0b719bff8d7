// State of one Lightning payment to us, from the invoice on. What it is about stands in the invoice's row.
//
//   awaiting ──▶ arrived ──▶ revealed ──▶ claimed · delivering ──▶ claimed (an invoice made for somebody else)
//      │            │            ↺
//      ▼            ▼            └──▶ exited: by the chain, in the last hours · lost: the server sat it out
//   expired,     refused (what the server offers is not worth the preimage) or too late
//   cancelled
//
// Until `revealed` is on disk the preimage has not left and everything can be called off. The commit that writes it also
// stores the HTLC coins, so whatever those coins are worth is ours by then; from there on the claim is only ever repeated,
// until the HTLC coins are worth nothing any more.

import type { Parcel } from '../delivery.ts';
import type { FailureNote } from '../failure.ts';

interface Subject {
  /** Payment hash, hex. */
  hash: string;
}

export type LightningReceiveState = Subject &
  (
    | { step: 'awaiting' }
    /**
     * `asked`: the tip when coins were first asked for; what is offered is held to it. `bare`: the server did not like
     * our proof of ownership, so the next try goes without.
     */
    | { step: 'arrived'; asked?: number; bare?: boolean }
    /** The server keeps the coins: the payer's money goes back. */
    | { step: 'refused'; failure: FailureNote }
    /** `htlcs`: sorted as the server sorts them, locked by the action. `since`: the tip then. */
    | { step: 'revealed'; htlcs: string[]; since: number }
    /** The claimed coins are the recipient's, who has to hear of them. */
    | { step: 'delivering'; parcels: Parcel[] }
  );

export type InStep<Step extends LightningReceiveState['step']> = Extract<
  LightningReceiveState,
  { step: Step }
>;

export const KIND = 'lightning-receive';

/** Action id, also its lock's name. */
export const lightningReceiveId = (hash: string): string => `ln_recv.${hash}`;
