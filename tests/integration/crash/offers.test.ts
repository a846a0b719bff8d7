// Offers of ours, killed at every effect (matrix.ts).
import { crashMatrix } from './matrix.ts';
import { offerScenarios } from './scenarios/offers.ts';

crashMatrix('offers', offerScenarios);
