// Each RPC in turn acts at the server and its answer is lost, or is lost on its way there: once, and again when repeated.
// By default every call loses its answer once, and the other three take turns; CRASH_FULL=1 takes all.
import { full, inTrouble, LOSSES } from './crash/faults.ts';
import { allScenarios } from './crash/scenarios/index.ts';

inTrouble('answers and requests that are lost', allScenarios, (method) =>
  full ? LOSSES : LOSSES.filter((_, i) => i === 0 || i === 1 + (method % 3)),
);
