// The extension's build: Svelte 5, Manifest V3, no auto-imports; `-b firefox` makes Firefox's (event page, no worker).
// Permissions are the least that works; servers that a person adds are asked for at the click
// (optional_host_permissions), only this machine's devnet is allowed from the start.
import { noteModules } from './scripts/note-modules.ts';
import { defineConfig } from 'wxt';

const LOCAL = ['http://localhost/*', 'http://127.0.0.1/*'];

/** Scripts in the page's own world came with 128, the permission to ask for hosts in Manifest V3, too. */
const GECKO = {
  id: 'skiff@skiff.wallet',
  strict_min_version: '128.0',
  data_collection_permissions: { required: ['none' as const] },
};

/** A script in every frame of every page that may ask, before the page's own scripts. */
const inPages = (script: string, world: 'MAIN' | 'ISOLATED') => ({
  matches: ['https://*/*', ...LOCAL],
  js: [script],
  world,
  run_at: 'document_start' as const,
  all_frames: true,
});

export default defineConfig({
  modules: ['@wxt-dev/module-svelte'],
  manifestVersion: 3,
  imports: false,
  manifest: ({ browser }) => ({
    name: '__MSG_name__',
    short_name: 'Skiff',
    description: '__MSG_description__',
    default_locale: 'en',
    ...(browser === 'firefox'
      ? { browser_specific_settings: { gecko: GECKO } }
      : { minimum_chrome_version: '120' }),
    commands: {
      lock: { suggested_key: { default: 'Alt+Shift+L' }, description: '__MSG_commandLock__' },
    },
    // The last ones empty the clipboard a minute after the recovery words were copied (src/background/clipboard.ts).
    permissions: [
      ...['storage', 'alarms', 'notifications', 'unlimitedStorage', 'clipboardWrite'],
      ...(browser === 'firefox' ? [] : ['offscreen']),
    ],
    host_permissions: LOCAL,
    optional_host_permissions: ['https://*/*'],
    content_scripts: [inPages('webln-inpage.js', 'MAIN'), inPages('webln-bridge.js', 'ISOLATED')],
    content_security_policy: {
      extension_pages: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self' https: wss: http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:*",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
  }),
  vite: () => ({
    plugins: [noteModules(process.env.SKIFF_MODULES)],
    build: { target: 'chrome120', modulePreload: { polyfill: false } },
  }),
});
