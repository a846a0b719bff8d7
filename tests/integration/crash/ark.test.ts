// Boards, transfers, a payment to us and an exit, killed at every effect (matrix.ts).
import { crashMatrix } from './matrix.ts';
import { arkScenarios } from './scenarios/ark.ts';
import { exitScenarios } from './scenarios/exit.ts';
import { mailboxScenarios } from './scenarios/mailbox.ts';
import { receiveScenarios } from './scenarios/receive.ts';

crashMatrix('boards, transfers, a payment to us, an exit', [
  ...arkScenarios,
  // It waits for long polls in real time: with the full product only.
  ...(process.env['CRASH_FULL'] ? receiveScenarios : []),
  ...mailboxScenarios,
  ...exitScenarios,
]);
