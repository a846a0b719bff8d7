import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultConfig, loadConfig, parseToml, withScheme, writeToml } from '../../../cli/config.ts';
import { hasWallet, prepareDatadir, undoCreation, writeSecretFile } from '../../../cli/datadir.ts';
import { lockDatadir } from '../../../cli/lock.ts';
import { duration, onchainBalanceJson } from '../../../cli/views.ts';
import { movementJson } from '../../../src/wallet/movements/json.ts';
import { sats } from '../../../src/units.ts';

const root = mkdtempSync(join(tmpdir(), 'skiff-cli-files-'));
let count = 0;
const newFolder = () => join(root, `${count++}`);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('config.toml', () => {
  test("is read like bark's: defaults, file, environment", () => {
    const toml = [
      '# a comment',
      'server_address = "http://127.0.0.1:3535" # here',
      "esplora_address = 'http://127.0.0.1:3002'",
      'vtxo_refresh_expiry_threshold = 1_00',
      'daemon_manual_sync = true',
      'a_field_of_the_future = 1',
      '',
    ].join('\r\n');
    const config = loadConfig('regtest', toml, {
      BARK_ESPLORA_ADDRESS: 'http://env',
      BARK_FALLBACK_FEE_RATE: '777',
    });
    expect(config).toEqual({
      ...defaultConfig('regtest'),
      server_address: 'http://127.0.0.1:3535',
      esplora_address: 'http://env',
      vtxo_refresh_expiry_threshold: 100,
      daemon_manual_sync: true,
      fallback_fee_rate: 777,
    });
    expect(loadConfig('mainnet', '').vtxo_refresh_expiry_threshold).toBe(144);
  });

  test.each([
    ['no assignment', 'server_address'],
    ['a number where text belongs', 'server_address = 5'],
    ['text where a number belongs', 'vtxo_exit_margin = "5"'],
    ['a list', 'server_address = ["a"]'],
    ['twice the same', 'user_agent = "a"\nuser_agent = "b"'],
    ['an unfinished text', 'user_agent = "a'],
    ['a split into nothing', 'change_vtxo_split_factor = 0'],
  ])('refused: %s', (_why, toml) => {
    expect(() => loadConfig('regtest', toml)).toThrow('INVALID_ARGUMENT');
  });

  test('what is written is read back', () => {
    const written = writeToml([
      ['server_address', 'https://ark "x"\\y'],
      ['esplora_address', undefined],
      ['vtxo_key_gap_limit', 10_000],
    ]);
    expect([...parseToml(written)]).toEqual([
      ['server_address', 'https://ark "x"\\y'],
      ['vtxo_key_gap_limit', 10_000],
    ]);
    expect(withScheme('https', 'ark.example.com:3535')).toBe('https://ark.example.com:3535');
    expect(withScheme('https', 'http://127.0.0.1:1')).toBe('http://127.0.0.1:1');
    expect(() => withScheme('https', 'http://')).toThrow('INVALID_ARGUMENT');
  });
});

describe('the folder', () => {
  test('is made for the owner only, and anything foreign in it stops a creation', () => {
    const folder = newFolder();
    prepareDatadir(folder, false);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    writeSecretFile(folder, 'mnemonic', 'words');
    expect(statSync(join(folder, 'mnemonic')).mode & 0o777).toBe(0o600);
    expect(() => writeSecretFile(folder, 'mnemonic', 'others')).toThrow();
    expect(hasWallet(folder)).toBe(false);
    expect(() => prepareDatadir(folder, false)).toThrow('WALLET_EXISTS');
    expect(readFileSync(join(folder, 'mnemonic'), 'utf8')).toBe('words');
    prepareDatadir(folder, true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is as before when a creation fails', () => {
    const fresh = newFolder();
    prepareDatadir(fresh, false);
    writeSecretFile(fresh, 'mnemonic', 'words');
    undoCreation(fresh, false, false);
    expect(existsSync(fresh)).toBe(false);

    const used = newFolder();
    mkdirSync(used);
    writeFileSync(join(used, 'config.toml'), 'mine');
    writeFileSync(join(used, 'barkd.lock'), '');
    prepareDatadir(used, false);
    writeSecretFile(used, 'mnemonic', 'words');
    undoCreation(used, true, true);
    expect(readdirSync(used).sort()).toEqual(['barkd.lock', 'config.toml']);
  });

  test('is used by one process at a time; the lock ends with its process', () => {
    const folder = newFolder();
    mkdirSync(folder);
    const unlock = lockDatadir(folder);
    expect(() => lockDatadir(folder)).toThrow('STORE_BUSY');
    unlock();
    const script = `import { lockDatadir } from '${join(process.cwd(), 'cli/lock.ts')}'; lockDatadir('${folder}'); process.kill(process.pid, 'SIGKILL');`;
    const died = spawnSync(join(process.cwd(), 'node_modules/.bin/node'), [
      '--input-type=module',
      '-e',
      script,
    ]);
    expect(died.signal).toBe('SIGKILL');
    lockDatadir(folder)();
  });
});

describe("the JSON is bark's", () => {
  test('durations', () => {
    expect([0, 10, 60, 3600, 5400, 86_400, 180_061].map(duration)).toEqual([
      '0s',
      '10s',
      '1m',
      '1h',
      '1h 30m',
      '1day',
      '2days 2h 1m 1s',
    ]);
  });

  test('movements', () => {
    const json = movementJson({
      id: 3,
      actionId: 'x',
      status: 'successful',
      subsystem: { name: 'bark.arkoor', kind: 'send' },
      intended: -500n,
      effective: -500n,
      fee: sats(0),
      sentTo: [{ type: 'ark', value: 'tark1…', amount: sats(500) }],
      receivedOn: [],
      inputs: ['a:0'],
      outputs: ['b:0'],
      exited: [],
      metadata: {},
      createdAt: 0,
      updatedAt: 1000,
      completedAt: 2000,
    });
    expect(json).toEqual({
      id: 3,
      status: 'successful',
      subsystem: { name: 'bark.arkoor', kind: 'send' },
      intended_balance_sat: -500,
      effective_balance_sat: -500,
      offchain_fee_sat: 0,
      sent_to: [{ destination: { type: 'ark', value: 'tark1…' }, amount_sat: 500 }],
      received_on: [],
      input_vtxos: ['a:0'],
      output_vtxos: ['b:0'],
      exited_vtxos: [],
      time: {
        created_at: '1970-01-01T00:00:00.000Z',
        updated_at: '1970-01-01T00:00:01.000Z',
        completed_at: '1970-01-01T00:00:02.000Z',
      },
    });
  });

  test('on-chain balance: our own change counts as trusted', () => {
    const utxo = (value: number, scriptIndex: number, height?: number) => ({
      id: `${value}:0`,
      value: sats(value),
      scriptIndex,
      height,
      live: 1 as const,
    });
    const held = { ...utxo(16, 0, 7), holder: 'board.x' };
    expect(onchainBalanceJson([utxo(1, 0, 5), utxo(2, 1), utxo(4, 2), held], new Set([1]))).toEqual({
      total_sat: 7n,
      trusted_spendable_sat: 3n,
      immature_sat: 0,
      trusted_pending_sat: 2n,
      untrusted_pending_sat: 4n,
      confirmed_sat: 1n,
    });
  });
});
