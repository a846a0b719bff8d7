// Every scenario there is.
import type { AnyScenario } from '../scenario.ts';
import { arkScenarios } from './ark.ts';
import { exitScenarios } from './exit.ts';
import { lightningScenarios } from './lightning.ts';
import { mailboxScenarios } from './mailbox.ts';
import { receiveScenarios } from './receive.ts';

export const allScenarios: readonly AnyScenario[] = [
  ...arkScenarios,
  ...lightningScenarios,
  ...receiveScenarios,
  ...mailboxScenarios,
  ...exitScenarios,
];
