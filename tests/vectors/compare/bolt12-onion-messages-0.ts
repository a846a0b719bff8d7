// bolt12-onion-messages-0.json: see ../onion-messages.ts.
export { compareScenario as compare } from '../onion-messages.ts';
