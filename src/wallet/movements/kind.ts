// What kind of thing a line of the history is, in the words a person filters by.

import type { MovementRow } from '../../store/rows.ts';

export const MOVEMENT_KINDS = [
  'lightning-sent',
  'lightning-received',
  'ark-sent',
  'ark-received',
  'board',
  'refresh',
  'offboard',
  'onchain-sent',
  'exit',
  'other',
] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** Subsystem of the lines that write off coins without anything behind them. */
export const VOID = { name: 'skiff.coin', kind: 'void' } as const;

const KINDS: Readonly<Record<string, MovementKind>> = {
  'bark.lightning_send/send': 'lightning-sent',
  'bark.lightning_receive/receive': 'lightning-received',
  'bark.arkoor/send': 'ark-sent',
  'bark.arkoor/receive': 'ark-received',
  'bark.board/board': 'board',
  'bark.round/refresh': 'refresh',
  'bark.offboard/offboard': 'offboard',
  'bark.offboard/send_onchain': 'onchain-sent',
  'skiff.onchain/send': 'onchain-sent',
  'skiff.loop_out/swap': 'offboard',
  'skiff.loop_out/rescue': 'offboard',
  'bark.exit/start': 'exit',
  'skiff.coin/void': 'exit',
};

/** The kind of a line; `other` for subsystems that this version has no word for. */
export const movementKind = ({ subsystem }: Pick<MovementRow, 'subsystem'>): MovementKind =>
  KINDS[`${subsystem.name}/${subsystem.kind}`] ?? 'other';
