// Names that the mailbox files share.

/** The mailbox that payments and notices arrive in. */
export const MAIN = 'main';

/** Tables of every transaction that handles a message. */
export const MAILBOX_TABLES = ['mailbox', 'inbox', 'coins', 'coinBodies', 'movements'] as const;
