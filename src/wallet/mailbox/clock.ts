// Authorizations carry a time that the server's clock judges.

import type { ArkServer } from '../../server/connect.ts';

/**
 * How far the server's clock is ahead of ours, in ms; 0 when it is behind or unknown: an authorization that is good
 * for longer than meant does no harm, one that has expired stops everything.
 */
export const aheadOf = (server: Pick<ArkServer, 'clockSkew'>): number => Math.max(0, server.clockSkew() ?? 0);
