// The sealed record is changed in every place that there is: nothing of it is ever taken for good.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { VaultRecord } from '../../../src/vault/record.ts';
import { PASSWORD, profile, rememberPasswordKeys, sampleVault } from './profile.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // PBKDF2 at its real strength, on a busy machine

let sample: VaultRecord;
beforeAll(async () => {
  rememberPasswordKeys();
  ({ record: sample } = await sampleVault());
});

type Bytes = Uint8Array<ArrayBuffer>;
interface Field {
  name: string;
  get(r: VaultRecord): Bytes;
  set(r: VaultRecord, bytes: Bytes): void;
  /** What a flipped bit of it is taken for. */
  code: 'WRONG_PASSWORD' | 'VAULT_DAMAGED';
}
const boxField = (box: 'keys' | 'seed' | 'phrase', part: 'iv' | 'ct'): Field => ({
  name: `${box}.${part}`,
  get: (r) => r[box][part],
  set: (r, bytes) => void (r[box][part] = bytes),
  code: box === 'keys' ? 'WRONG_PASSWORD' : 'VAULT_DAMAGED',
});
const fields: Field[] = [
  { name: 'kdf.salt', get: (r) => r.kdf.salt, set: (r, b) => void (r.kdf.salt = b), code: 'WRONG_PASSWORD' },
  ...(['keys', 'seed', 'phrase'] as const).flatMap((box) => [boxField(box, 'iv'), boxField(box, 'ct')]),
];

/** Everything that needs the password, on this record; resolves with the codes it fails with. */
async function codesOf(record: VaultRecord): Promise<(string | undefined)[]> {
  const p = await profile(record);
  const vault = p.worker();
  const code = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (e: { code: string }) => e.code,
    );
  const codes = [await code(vault.unlock(PASSWORD)), await code(vault.reveal(PASSWORD))];
  if (codes[0] !== undefined) {
    expect(() => vault.seed()).toThrow(/LOCKED/);
    expect(p.items.size).toBe(0);
  }
  expect(await p.stored()).toEqual(record);
  return codes;
}
const changed = (change: (r: VaultRecord) => void): VaultRecord => {
  const record = structuredClone(sample);
  change(record);
  return record;
};

describe.each(fields)('$name', (field) => {
  test.each(['first', 'middle', 'last'] as const)(
    'with a bit of its %s byte flipped opens nothing',
    async (at) => {
      const record = changed((r) => {
        const bytes = field.get(r).slice();
        const index = { first: 0, middle: bytes.length >> 1, last: bytes.length - 1 }[at];
        bytes[index]! ^= 1 << (index % 8);
        field.set(r, bytes);
      });
      // The words and the seed are sealed apart: damage of one is told where it lies, and the other still opens.
      const ofWords = field.name.startsWith('phrase');
      const ofSeed = field.name.startsWith('seed');
      expect(await codesOf(record)).toEqual([
        ofWords ? undefined : field.code,
        ofSeed ? undefined : field.code,
      ]);
    },
  );

  test('cut at either end, emptied or lengthened opens nothing', async () => {
    for (const cut of [
      (b: Bytes) => b.slice(1),
      (b: Bytes) => b.slice(0, -1),
      () => new Uint8Array(),
      (b: Bytes) => new Uint8Array([...b, 0]),
    ]) {
      const record = changed((r) => field.set(r, cut(field.get(r))));
      const [unlock, reveal] = await codesOf(record);
      // Words have no one length: there it is the seal that notices.
      if (field.name === 'phrase.ct' && unlock === undefined) expect(reveal).toBe('VAULT_DAMAGED');
      else expect([unlock, reveal]).toEqual(['VAULT_DAMAGED', 'VAULT_DAMAGED']);
    }
  });
});

describe('the record', () => {
  const damage: [string, (r: VaultRecord) => void, string][] = [
    ['of another version', (r) => (r.v = 2 as 1), 'VAULT_DAMAGED'],
    ['with another kdf', (r) => (r.kdf.name = 'MD5' as 'PBKDF2-SHA256'), 'VAULT_DAMAGED'],
    ['with one round', (r) => (r.kdf.iterations = 1), 'VAULT_DAMAGED'],
    ['with rounds just under the floor', (r) => (r.kdf.iterations = 899_999), 'VAULT_DAMAGED'],
    ['with absurd rounds', (r) => (r.kdf.iterations = 1e12), 'VAULT_DAMAGED'],
    ['with rounds that are no number', (r) => (r.kdf.iterations = NaN), 'VAULT_DAMAGED'],
    ['with other rounds', (r) => (r.kdf.iterations += 1), 'WRONG_PASSWORD'],
    ['with its boxes exchanged', (r) => ([r.seed, r.keys] = [r.keys, r.seed]), 'WRONG_PASSWORD'],
    ['with an extra field', (r) => Object.assign(r, { note: 1 }), 'VAULT_DAMAGED'],
    ['with an extra parameter', (r) => Object.assign(r.kdf, { hash: 'SHA-1' }), 'VAULT_DAMAGED'],
    ...(['v', 'kdf', 'keys', 'seed', 'phrase'] as const).map(
      (name): [string, (r: VaultRecord) => void, string] => [
        `without ${name}`,
        (r) => Reflect.deleteProperty(r, name),
        'VAULT_DAMAGED',
      ],
    ),
  ];
  test.each(damage)('%s opens nothing', async (_what, spoil, code) => {
    expect((await codesOf(changed(spoil)))[0]).toBe(code);
  });

  test('that is no record at all opens nothing, and a new wallet does not go over it', async () => {
    for (const junk of [null, 'text', 7, [], {}]) {
      const p = await profile(junk as unknown as VaultRecord);
      await expect(p.worker().unlock(PASSWORD)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' });
      await expect(p.worker().create({ password: PASSWORD })).rejects.toMatchObject({
        code: 'WALLET_EXISTS',
      });
      expect(await p.stored()).toEqual(junk);
    }
  });
});
