/** Name of the extension's database; also the scope of its Web Locks. */
export const DATABASE = 'skiff';
