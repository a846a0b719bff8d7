// How far something that takes long has come, in steps and words.
import type { ActionRow } from '../store/rows.ts';
import { t, type Key } from './i18n/index.ts';

/** Steps of each kind of action in their order; several of the machine's may be one for a person. */
const STEPS: Readonly<Record<string, readonly (readonly [what: Key, ...steps: string[]])[]>> = {
  refresh: [
    ['step.renew-ask', 'planned', 'attending'],
    ['step.renew-wait', 'submitted', 'seated', 'cosigned'],
    ['step.renew-block', 'issued'],
    ['step.renew-swap', 'signed', 'forfeiting'],
  ],
  offboard: [
    ['step.move-cut', 'splitting', 'reclaiming'],
    ['step.move-ask', 'ready'],
    ['step.move-sign', 'prepared'],
    ['step.move-block', 'confirming'],
  ],
  exit: [
    ['step.exit-chain', 'start', 'looking', 'package'],
    ['step.exit-wait', 'waiting'],
    ['step.exit-claim', 'claiming'],
  ],
};

/** `Step 2 of 4: waiting for the server’s round`; undefined for what goes too fast to be told in steps. */
export function stepText({ kind, state }: Pick<ActionRow, 'kind' | 'state'>): string | undefined {
  const { step, scheduledHeight } = state as { step?: string; scheduledHeight?: number };
  const all = STEPS[kind] ?? [];
  const index = all.findIndex(([, ...steps]) => step !== undefined && steps.includes(step));
  const found = all[index];
  if (!found) return undefined;
  const waits = found[0] === 'step.renew-wait' && scheduledHeight !== undefined;
  const what = waits ? t('step.renew-until', { height: scheduledHeight }) : t(found[0]);
  return t('step.of', { index: index + 1, count: all.length, what });
}
