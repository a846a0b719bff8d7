// Everything that reads what others wrote.
import type { Target } from '../target.ts';
import { ark } from './ark.ts';
import { lightning } from './lightning.ts';
import { network } from './network.ts';
import { page } from './page.ts';

export const targets: readonly Target[] = [...ark, ...lightning, ...network, ...page];
