// Payments over Lightning, killed at every effect (matrix.ts).
import { crashMatrix } from './matrix.ts';
import { lightningScenarios } from './scenarios/lightning.ts';

crashMatrix('Lightning', lightningScenarios);
