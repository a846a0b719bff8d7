// Names that the mailbox files share.

import { coinTables } from '../../store/coins.ts';

/** The mailbox that payments and notices arrive in. */
export const MAIN = 'main';

/** What came from a Lightning node that carries our onion messages, beside any mailbox. */
export const PEER = 'peer';

/** Tables of a transaction that files messages. */
export const INTAKE_TABLES = ['mailbox', 'inbox'] as const;

/** Tables of every transaction that finishes a message. */
export const MAILBOX_TABLES = [...INTAKE_TABLES, ...coinTables, 'movements'] as const;
