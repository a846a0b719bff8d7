// The vault at rest: what is written to disk, and the check of it when it is read back.
//   password → password key → {data key, phrase key} → the seed under the data key, the words under the phrase key.
// A new password seals 64 bytes anew and touches nothing else. The session holds the data key only, so the words are
// out of reach until the password is typed again.
import * as v from 'valibot';
import { SkiffError } from '../errors.ts';
import { meta, setMeta } from '../store/meta.ts';
import type { Db } from '../store/port.ts';
import { MAX_ITERATIONS, MIN_ITERATIONS, VAULT_VERSION } from './box.ts';
import type { TriesStore } from './tries.ts';

const bytes = (length: number) =>
  v.pipe(
    v.custom<Uint8Array<ArrayBuffer>>((x) => x instanceof Uint8Array),
    v.length(length),
  );
const TAG = 16;
const box = (plain: number) => v.strictObject({ iv: bytes(12), ct: bytes(plain + TAG) });
/** Longest English phrase: 24 words of at most 8 letters. */
const MAX_PHRASE = 24 * 9;

const RecordSchema = v.strictObject({
  v: v.literal(VAULT_VERSION),
  kdf: v.strictObject({
    name: v.literal('PBKDF2-SHA256'),
    iterations: v.pipe(v.number(), v.integer(), v.minValue(MIN_ITERATIONS), v.maxValue(MAX_ITERATIONS)),
    salt: bytes(16),
  }),
  keys: box(64),
  seed: box(64),
  phrase: v.strictObject({
    iv: bytes(12),
    ct: v.pipe(
      v.custom<Uint8Array<ArrayBuffer>>((x) => x instanceof Uint8Array),
      v.minLength(TAG + 1),
      v.maxLength(MAX_PHRASE + TAG),
    ),
  }),
});

export type VaultRecord = v.InferOutput<typeof RecordSchema>;

/** Where the record is kept. */
export interface VaultStore {
  /** The record as found, unchecked; undefined when there is no wallet yet. */
  load(): Promise<unknown>;
  /** Writes the first record. @throws SkiffError WALLET_EXISTS */
  create(record: VaultRecord): Promise<void>;
  /** Replaces the record that was read, in one transaction. @throws SkiffError VAULT_CHANGED when it is another one by now */
  replace(was: VaultRecord, record: VaultRecord): Promise<void>;
  tries: TriesStore;
}

/** Each sealing of the keys has a salt of its own, which tells one record from the next. */
const sameSalt = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);

export const damaged = (part: string): SkiffError =>
  new SkiffError({
    code: 'VAULT_DAMAGED',
    say: 'The stored wallet key is damaged. Restore the wallet from its recovery phrase.',
    details: { part },
  });

/** @throws SkiffError VAULT_DAMAGED naming the first part that is not as it must be */
export function parseRecord(found: unknown): VaultRecord {
  const result = v.safeParse(RecordSchema, found);
  if (result.success) return result.output;
  throw damaged(v.getDotPath(result.issues[0]) ?? 'record');
}

/** The record as a single fact of the wallet's database. */
export const vaultInDb = (db: Db): VaultStore => ({
  load: () => db.read(['meta'], (tx) => meta(tx, 'vault')),
  create: (record) =>
    db.write(['meta'], async (tx) => {
      if ((await meta(tx, 'vault')) !== undefined)
        throw new SkiffError({ code: 'WALLET_EXISTS', say: 'There is a wallet in this browser already.' });
      await setMeta(tx, 'vault', record);
    }),
  replace: (was, record) =>
    db.write(['meta'], async (tx) => {
      const found = v.safeParse(RecordSchema, await meta(tx, 'vault'));
      if (!found.success || !sameSalt(found.output.kdf.salt, was.kdf.salt))
        throw new SkiffError({
          code: 'VAULT_CHANGED',
          say: 'The password was changed in another window. Nothing was changed here.',
        });
      await setMeta(tx, 'vault', record);
    }),
  tries: {
    load: () => db.read(['meta'], (tx) => meta(tx, 'unlockTries')),
    save: (tries) => db.write(['meta'], (tx) => setMeta(tx, 'unlockTries', tries)),
  },
});
