// bolt12-onion-messages-2.json: see ../onion-messages.ts.
export { compareScenario as compare } from '../onion-messages.ts';
