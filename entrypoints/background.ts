// The worker. Everything it does is put together in src/background/start.ts, synchronously.
import { browser } from 'wxt/browser';
import { defineBackground } from 'wxt/utils/define-background';
import type { ExtensionApi } from '../src/background/browser.ts';
import { startBackground } from '../src/background/start.ts';

export default defineBackground(() => startBackground(browser as unknown as ExtensionApi));
