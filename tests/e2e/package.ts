// What the built package asks the browser for, and what it could reach: read off the files as they would be installed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSION } from '../../scripts/driver.ts';
import { SERVERS } from '../../src/ui/servers.ts';
import { check, equal } from './bench.ts';
import type { Case } from './run.ts';

interface Manifest extends Record<string, unknown> {
  content_scripts: { matches: string[] }[];
  content_security_policy: { extension_pages: string };
}

const read = (name: string): string => readFileSync(join(EXTENSION, name), 'utf8');

const LOCAL = ['http://localhost/*', 'http://127.0.0.1/*'];

/** In the package as words: in messages of libraries, or as names of formats. Nothing asks them. */
const WORDS = [
  'http://127.0.0.1',
  'http://bit.ly',
  'http://www.w3.org',
  'https://ark.example.com',
  'https://github.com',
  'https://svelte.dev',
  'https://tinyurl.com',
  'https://wxt.dev',
];

/** Scheme and host. */
const hostOf = (url: string): string => /^[a-z]+:\/\/[^/:]+/.exec(url)![0];

export const packageCases: Case[] = [
  {
    name: 'the package asks the browser for no more than it needs',
    run: async () => {
      const manifest = JSON.parse(read('manifest.json')) as Manifest;
      // The last two empty the clipboard of copied words, also when the popup is closed by then.
      const permissions = [
        'storage',
        'alarms',
        'notifications',
        'unlimitedStorage',
        'clipboardWrite',
        'offscreen',
      ];
      equal(manifest['permissions'], permissions, 'permissions');
      equal(manifest['host_permissions'], LOCAL, 'hosts from the start');
      equal(manifest['optional_host_permissions'], ['https://*/*'], 'hosts at a click');
      for (const key of [
        'web_accessible_resources',
        'externally_connectable',
        'optional_permissions',
        'sandbox',
      ])
        equal(manifest[key], undefined, key);
      for (const { matches } of manifest.content_scripts)
        equal(matches, ['https://*/*', ...LOCAL], 'pages with a bridge');
      const policy = new Map(
        manifest.content_security_policy.extension_pages.split('; ').map((directive) => {
          const [name, ...sources] = directive.split(' ');
          return [name, sources.join(' ')] as const;
        }),
      );
      for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors'])
        equal(policy.get(name), "'none'", name);
      equal(policy.get('script-src'), "'self'", 'scripts');
    },
  },
  {
    name: 'the package runs nothing but itself, and names no server that the person cannot see and change',
    run: async () => {
      const files = readdirSync(EXTENSION, { recursive: true, encoding: 'utf8' });
      const known = new Set(WORDS);
      for (const { arkUrl, esploraUrls } of Object.values(SERVERS))
        for (const url of [arkUrl, ...esploraUrls]) known.add(hostOf(url));
      for (const name of files.filter((path) => /\.(js|html|css)$/.test(path))) {
        const text = read(name);
        check(!/\beval\(|\bnew Function\(|\bimportScripts\(/.test(text), `${name} makes code of text`);
        for (const [, attribute] of text.matchAll(
          /<(?:script|link|iframe|img)\b[^>]*\b(?:src|href)="([^"]*)"/g,
        ))
          if (name.endsWith('.html')) check(attribute!.startsWith('/'), `${name} loads ${attribute}`);
        if (name.endsWith('.html')) check(!/<script(?![^>]*\bsrc=)/.test(text), `${name} has a script in it`);
        for (const [url] of text.matchAll(/(?:https?|wss?):\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+/g))
          check(known.has(url), `${name} names ${url}`);
      }
    },
  },
];
