// Participations as JSON, for the devnet's state file.
import { decodeUserPolicy, encodePolicy } from '../../../src/ark/policy.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import type { Curve } from '../../../src/crypto/curve.ts';
import { sats } from '../../../src/units.ts';
import type { Participation } from '../state.ts';

export interface SavedParticipation {
  unlockHash: string;
  preimage: string;
  inputs: readonly string[];
  outputs: { amount: string; policy: string }[];
  mailbox?: string;
  scheduledHeight?: number;
  issued?: { roundTxid: string; coins: { id: string; locked: string }[] };
  forfeited: boolean;
}

export const saveParticipation = (part: Participation): SavedParticipation => ({
  ...part,
  preimage: toHex(part.preimage),
  outputs: part.outputs.map(({ amount, policy }) => ({
    amount: amount.toString(),
    policy: toHex(encodePolicy(policy)),
  })),
  mailbox: part.mailbox && toHex(part.mailbox),
  issued: part.issued && {
    roundTxid: part.issued.roundTxid,
    coins: part.issued.coins.map(({ id, locked }) => ({ id, locked: toHex(locked) })),
  },
});

export const loadParticipation = (curve: Curve, saved: SavedParticipation): Participation => ({
  ...saved,
  preimage: fromHex(saved.preimage),
  outputs: saved.outputs.map(({ amount, policy }) => ({
    amount: sats(BigInt(amount)),
    policy: decodeUserPolicy(curve, fromHex(policy)),
  })),
  mailbox: saved.mailbox === undefined ? undefined : fromHex(saved.mailbox),
  issued: saved.issued && {
    roundTxid: saved.issued.roundTxid,
    coins: saved.issued.coins.map(({ id, locked }) => ({ id, locked: fromHex(locked) })),
  },
});
