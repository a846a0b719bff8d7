// Names that the mailbox files share.

import { coinTables } from '../../store/coins.ts';

/** The mailbox that payments and notices arrive in. */
export const MAIN = 'main';

/** Tables of every transaction that handles a message. */
export const MAILBOX_TABLES = ['mailbox', 'inbox', ...coinTables, 'movements'] as const;
