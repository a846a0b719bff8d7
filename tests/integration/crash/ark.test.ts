// Boards, transfers, a payment to us and an exit, killed at every effect (matrix.ts).
import { crashMatrix } from './matrix.ts';
import { arkScenarios } from './scenarios/ark.ts';
import { exitScenarios } from './scenarios/exit.ts';
import { mailboxScenarios } from './scenarios/mailbox.ts';
import { receiveScenarios } from './scenarios/receive.ts';

crashMatrix('boards, transfers, a payment to us, an exit', [
  ...arkScenarios,
  ...receiveScenarios,
  ...mailboxScenarios,
  ...exitScenarios,
]);
