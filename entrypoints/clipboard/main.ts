// A page that nobody sees, opened by the worker for a moment: a worker has no clipboard.
import { emptyClipboard } from '../../src/ui/empty-clipboard.ts';

emptyClipboard(document);
