// The extension's build: Svelte 5, Manifest V3, no auto-imports. Permissions are the least that works; servers that a
// person adds are asked for at the click (optional_host_permissions), only this machine's devnet is allowed from the start.
import { defineConfig } from 'wxt';

const LOCAL = ['http://localhost/*', 'http://127.0.0.1/*'];

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
  manifest: {
    name: '__MSG_name__',
    short_name: 'Skiff',
    description: '__MSG_description__',
    default_locale: 'en',
    minimum_chrome_version: '120',
    permissions: ['storage', 'alarms', 'notifications', 'unlimitedStorage'],
    host_permissions: LOCAL,
    optional_host_permissions: ['https://*/*'],
    content_scripts: [inPages('webln-inpage.js', 'MAIN'), inPages('webln-bridge.js', 'ISOLATED')],
    content_security_policy: {
      extension_pages: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
  },
  vite: () => ({
    build: { target: 'chrome120', modulePreload: { polyfill: false } },
  }),
});
