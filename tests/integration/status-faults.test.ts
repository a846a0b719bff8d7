// Each RPC in turn fails with each of the sixteen gRPC statuses, once and twice. By default the
// statuses take turns, four for each call; CRASH_FULL=1 takes all.
import { full, inTrouble, STATUSES } from './crash/faults.ts';
import { allScenarios } from './crash/scenarios/index.ts';

inTrouble('calls that fail with a status', allScenarios, (method) =>
  full ? STATUSES : STATUSES.filter((_, i) => i % 8 === method % 8),
);
