// A line of the history as JSON with bark's field names (crate bark-json, `movements`): amounts are whole satoshi, as
// numbers, which every amount of bitcoin fits exactly; times are RFC 3339 in UTC.

import type { Destination, MovementRow } from '../../store/rows.ts';

const time = (ms: number): string => new Date(ms).toISOString();

const destinationJson = (d: Destination) => ({
  destination: { type: d.type, value: d.value },
  amount_sat: Number(d.amount),
});

export const movementJson = (m: MovementRow) => ({
  id: m.id,
  status: m.status,
  subsystem: { name: m.subsystem.name, kind: m.subsystem.kind },
  ...(Object.keys(m.metadata).length > 0 && { metadata: m.metadata }),
  intended_balance_sat: Number(m.intended),
  effective_balance_sat: Number(m.effective),
  offchain_fee_sat: Number(m.fee),
  sent_to: m.sentTo.map(destinationJson),
  received_on: m.receivedOn.map(destinationJson),
  input_vtxos: m.inputs,
  output_vtxos: m.outputs,
  exited_vtxos: m.exited,
  time: {
    created_at: time(m.createdAt),
    updated_at: time(m.updatedAt),
    ...(m.completedAt !== undefined && { completed_at: time(m.completedAt) }),
  },
});
