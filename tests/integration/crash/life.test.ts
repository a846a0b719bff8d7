// Rounds, offboards, exits and the restore of a seed, killed at every effect (matrix.ts).
import { crashMatrix } from './matrix.ts';
import { lifeScenarios } from './scenarios/index.ts';

crashMatrix('rounds, offboards, exits, recovery', lifeScenarios);
