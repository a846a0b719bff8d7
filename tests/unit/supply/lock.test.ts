import { describe, expect, it } from 'vitest';
import { forbidden, permitted } from '../../supply/licences.ts';
import { installScripts, unchecked, unpinned } from '../../supply/lock.ts';
import type { Lock } from '../../supply/lock.ts';

const ok = { version: '1.2.3', integrity: 'sha512-AAAA', license: 'MIT' };
const lock = (packages: Lock['packages']): Lock => ({ packages: { '': {}, ...packages } });

describe('what may be installed', () => {
  it('takes an exact version that is the locked one', () => {
    const locked = lock({ 'node_modules/a': ok });
    expect(unpinned({ dependencies: { a: '1.2.3' }, overrides: { b: '2.0.0-rc.1' } }, locked)).toEqual([]);
  });

  it.each([
    '^1.2.3',
    '~1.2.3',
    '1.2',
    '1.x',
    '*',
    'latest',
    '',
    'file:../a',
    'git+https://a.example/a.git',
    '1.2.3 || 2',
  ])('refuses a dependency on "%s"', (version) => {
    const locked = lock({ 'node_modules/a': ok });
    expect(unpinned({ devDependencies: { a: version } }, locked)).toHaveLength(1);
    expect(unpinned({ overrides: { a: version } }, locked)).toHaveLength(1);
  });

  it('refuses a version that is not the locked one', () => {
    expect(unpinned({ dependencies: { a: '1.2.4' } }, lock({ 'node_modules/a': ok }))).toHaveLength(1);
    expect(unpinned({ dependencies: { a: '1.2.3' } }, lock({}))).toHaveLength(1);
  });

  it('refuses a package without a checksum, with a weak one, or from elsewhere', () => {
    const { integrity, ...bare } = ok;
    const from = (resolved: string) => ({ ...ok, resolved });
    const found = unchecked(
      lock({
        'node_modules/fine': from('https://registry.npmjs.org/fine/-/fine-1.2.3.tgz'),
        'node_modules/bare': bare,
        'node_modules/weak': { ...bare, integrity: integrity.replace('512', '1') },
        'node_modules/elsewhere': from('https://registry.npmjs.org.evil.example/x.tgz'),
      }),
    );
    expect(found.map((fault) => fault.split(':')[0])).toEqual([
      'node_modules/bare',
      'node_modules/weak',
      'node_modules/elsewhere',
    ]);
  });

  it('allows an install script by name only, of tools only, and wants no stale name', () => {
    const script = { ...ok, dev: true, hasInstallScript: true };
    const allowScripts = { tool: true };
    expect(installScripts({ allowScripts }, lock({ 'node_modules/tool': script }))).toEqual([]);
    expect(installScripts({}, lock({ 'node_modules/tool': script }))).toHaveLength(1);
    expect(
      installScripts({ allowScripts: { tool: false } }, lock({ 'node_modules/tool': script })),
    ).toHaveLength(1);
    expect(
      installScripts({ allowScripts }, lock({ 'node_modules/tool': { ...script, dev: false } })),
    ).toHaveLength(1);
    expect(installScripts({ allowScripts }, lock({ 'node_modules/tool': ok }))).toHaveLength(1);
    const nested = { 'node_modules/tool': script, 'node_modules/x/node_modules/@y/z': script };
    expect(installScripts({ allowScripts }, lock(nested))).toEqual([expect.stringContaining('@y/z')]);
  });
});

describe('what may be shipped', () => {
  const allowed = new Set(['MIT', 'Apache-2.0']);

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['(MIT AND Apache-2.0)', true],
    ['(MIT AND GPL-3.0)', false],
    ['GPL-3.0', false],
    ['SEE LICENSE IN x', false],
    ['', false],
    [undefined, false],
  ])('%s is allowed: %s', (licence, verdict) => expect(permitted(licence, allowed)).toBe(verdict));

  it('refuses the oracle as soon as its code is in the extension, and anything like it at all', () => {
    const agpl = { ...ok, license: 'AGPL-3.0', dev: true };
    const oracle = lock({ 'node_modules/boltz-core': agpl });
    expect(forbidden(oracle, [])).toEqual([]);
    expect(forbidden(oracle, ['node_modules/boltz-core'])).toHaveLength(1);
    expect(forbidden(lock({ 'node_modules/other': agpl }), [])).toHaveLength(1);
  });

  it('refuses code that the lock file does not know', () => {
    expect(forbidden(lock({}), ['node_modules/stranger'])).toHaveLength(1);
  });

  it('takes a tool under terms that would not do for the extension', () => {
    const tool = lock({ 'node_modules/axe-core': { ...ok, license: 'MPL-2.0' } });
    expect(forbidden(tool, [])).toEqual([]);
    expect(forbidden(tool, ['node_modules/axe-core'])).toHaveLength(1);
  });
});
