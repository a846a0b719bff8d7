// Every scenario there is.
import type { AnyScenario } from '../scenario.ts';
import { arkScenarios } from './ark.ts';
import { exitScenarios } from './exit.ts';
import { leaveScenarios } from './leave.ts';
import { lightningScenarios } from './lightning.ts';
import { mailboxScenarios } from './mailbox.ts';
import { offboardScenarios } from './offboard.ts';
import { receiveScenarios } from './receive.ts';
import { roundScenarios } from './rounds.ts';

/** Renewing, leaving, coming back. */
export const lifeScenarios: readonly AnyScenario[] = [
  ...roundScenarios,
  ...offboardScenarios,
  ...leaveScenarios,
];

export const allScenarios: readonly AnyScenario[] = [
  ...arkScenarios,
  ...lightningScenarios,
  ...receiveScenarios,
  ...mailboxScenarios,
  ...exitScenarios,
  ...lifeScenarios,
];
