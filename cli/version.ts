/** What `--version` prints. */
export const VERSION = 'skiff 0.1.0';
