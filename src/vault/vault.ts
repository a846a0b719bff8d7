// The vault: the seed at rest, unlocking with a password, locking by a deadline that survives the worker's death.
// The seed is in memory only between unlock and lock; nothing here ever logs or returns it except `seed` and `reveal`.
import { fromHex, toHex } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import {
  boxKey,
  kdfPurpose,
  MIN_ITERATIONS,
  open,
  passwordKey,
  seal,
  VAULT_VERSION,
  type Kdf,
} from './box.ts';
import { phraseFromEntropy, phraseToSeed, readPhrase } from './phrase.ts';
import { MIN_PASSWORD, strengthOf } from './password.ts';
import { damaged, parseRecord, type VaultRecord, type VaultStore } from './record.ts';
import { isOver, parseSession, type Session, type SessionValue } from './session.ts';
import { tryOnce } from './tries.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export type VaultStatus = 'empty' | 'locked' | 'unlocked';

export interface VaultOptions {
  store: VaultStore;
  session: Session;
  /** Milliseconds since 1970. */
  now(): number;
  /** `length` fresh bytes from the CSPRNG. */
  random(length: number): Uint8Array;
  /** How long without `touch` until it locks, in ms; undefined: until the browser closes. */
  autoLockMs(): Promise<number | undefined>;
  /** Asks the host to call `wake` at that time (an alarm); undefined: no more. */
  schedule?(at: number | undefined): void;
  /** PBKDF2 rounds of new records; older ones are raised to it at the next unlock. */
  iterations?: number;
}

export interface Vault {
  status(): Promise<VaultStatus>;
  /** At worker start and when the alarm rings: reopens from the session, or locks when the deadline has passed. */
  wake(): Promise<VaultStatus>;
  /** Makes a wallet (a new phrase unless one is given) and unlocks it. @throws WALLET_EXISTS, WEAK_PASSWORD, INVALID_MNEMONIC */
  create(init: { password: string; phrase?: string }): Promise<void>;
  /** @throws NO_WALLET, WRONG_PASSWORD, TOO_MANY_TRIES, VAULT_DAMAGED */
  unlock(password: string): Promise<void>;
  lock(): Promise<void>;
  /** The person did something: the deadline moves. */
  touch(): Promise<void>;
  /** The 64-byte seed. Do not keep it. @throws LOCKED */
  seed(): Uint8Array;
  /** The words, after the password was typed again. @throws NO_WALLET, WRONG_PASSWORD, TOO_MANY_TRIES, VAULT_DAMAGED */
  reveal(password: string): Promise<string>;
  /** Resolves for the right password only. @throws NO_WALLET, WRONG_PASSWORD, TOO_MANY_TRIES, VAULT_DAMAGED */
  prove(password: string): Promise<void>;
  /** @throws NO_WALLET, WRONG_PASSWORD, TOO_MANY_TRIES, WEAK_PASSWORD, VAULT_DAMAGED, VAULT_CHANGED */
  changePassword(old: string, fresh: string): Promise<void>;
  /** Hears each unlock and lock. Returns the unsubscriber. */
  watch(changed: (status: VaultStatus) => void): () => void;
}

/** The session is written again only when the deadline moved at least this far. */
const TOUCH_STEP_MS = 15_000;

const locked = (): SkiffError =>
  new SkiffError({ code: 'LOCKED', say: 'Skiff is locked. Unlock it with your password.', retry: 'later' });

/** A vault over its ports; the only instance of its context. */
export function createVault(options: VaultOptions): Vault {
  const { store, session, now, random, autoLockMs } = options;
  const iterations = Math.max(options.iterations ?? MIN_ITERATIONS, MIN_ITERATIONS);
  const fresh = (length: number): Bytes => new Uint8Array(random(length));
  const watchers = new Set<(status: VaultStatus) => void>();
  let opened: (Omit<SessionValue, 'key'> & { seed: Bytes; dataKey: Bytes }) | undefined;

  // one change at a time: an unlock that is slow must not undo a lock that came after it
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const tell = (status: VaultStatus): void => watchers.forEach((w) => w(status));
  const past = (time: Omit<SessionValue, 'key'>): boolean => isOver(time, now());

  const forget = (): void => {
    const was = opened;
    opened = undefined;
    was?.seed.fill(0);
    was?.dataKey.fill(0);
    if (was) tell('locked');
  };

  const record = async (): Promise<VaultRecord> => {
    const found = await store.load();
    if (found === undefined)
      throw new SkiffError({ code: 'NO_WALLET', say: 'There is no wallet in this browser yet.' });
    return parseRecord(found);
  };

  const strong = (password: string): void => {
    const strength = strengthOf(password);
    const weak = (say: string): SkiffError => new SkiffError({ code: 'WEAK_PASSWORD', say });
    if (strength === 'short') throw weak(`The password needs at least ${MIN_PASSWORD} characters.`);
    if (strength === 'common')
      throw weak('This password is one of the first that a thief tries. Choose another one.');
  };

  const openKeys = async (found: VaultRecord, password: string): Promise<{ data: Bytes; phrase: Bytes }> => {
    const keys = await tryOnce(store.tries, now, async () =>
      open(await passwordKey(password, found.kdf), found.keys, kdfPurpose(found.kdf)),
    );
    if (!keys) throw new SkiffError({ code: 'WRONG_PASSWORD', say: 'This is not the password.' });
    const [data, phrase] = [keys.slice(0, 32), keys.slice(32)];
    keys.fill(0);
    return { data, phrase };
  };

  const wrapKeys = async (password: string, keys: { data: Bytes; phrase: Bytes }) => {
    const kdf: Kdf = { name: 'PBKDF2-SHA256', iterations, salt: fresh(16) };
    const both = new Uint8Array([...keys.data, ...keys.phrase]);
    const box = await seal(await passwordKey(password, kdf), both, kdfPurpose(kdf), fresh(12));
    both.fill(0);
    return { kdf, keys: box };
  };

  const openSeed = async (found: VaultRecord, dataKey: Bytes): Promise<Bytes | undefined> =>
    open(await boxKey(dataKey), found.seed, 'seed');

  const fromNow = async (): Promise<Omit<SessionValue, 'key'>> => {
    const span = await autoLockMs();
    return span === undefined ? {} : { deadline: now() + span, at: now() };
  };

  const keepOpen = async (seed: Bytes, dataKey: Bytes): Promise<void> => {
    const time = await fromNow();
    await session.set({ key: toHex(dataKey), ...time });
    opened = { seed, dataKey, ...time };
    options.schedule?.(time.deadline);
    tell('unlocked');
  };

  const close = async (): Promise<void> => {
    forget();
    options.schedule?.(undefined);
    await session.clear();
  };

  const wake = async (): Promise<VaultStatus> => {
    if (opened && !past(opened)) return 'unlocked';
    const kept = parseSession(await session.get());
    const found = await store.load();
    if (found === undefined) return 'empty';
    if (!kept || past(kept)) {
      await close();
      return 'locked';
    }
    const dataKey = new Uint8Array(fromHex(kept.key));
    const seed = await openSeed(parseRecord(found), dataKey);
    if (!seed) {
      await close();
      return 'locked';
    }
    opened = { seed, dataKey, deadline: kept.deadline, at: kept.at };
    options.schedule?.(kept.deadline);
    tell('unlocked');
    return 'unlocked';
  };

  return {
    status: () => inTurn(wake),
    wake: () => inTurn(wake),
    create: ({ password, phrase: given }) =>
      inTurn(async () => {
        strong(password);
        const phrase = given === undefined ? phraseFromEntropy(random(16)) : readPhrase(given);
        const seed = await phraseToSeed(phrase);
        const keys = { data: fresh(32), phrase: fresh(32) };
        await store.create({
          v: VAULT_VERSION,
          ...(await wrapKeys(password, keys)),
          seed: await seal(await boxKey(keys.data), seed, 'seed', fresh(12)),
          phrase: await seal(
            await boxKey(keys.phrase),
            new TextEncoder().encode(phrase),
            'phrase',
            fresh(12),
          ),
        });
        keys.phrase.fill(0);
        await keepOpen(seed, keys.data);
      }),
    unlock: (password) =>
      inTurn(async () => {
        const found = await record();
        const keys = await openKeys(found, password);
        const seed = await openSeed(found, keys.data);
        if (!seed) throw damaged('seed');
        if (found.kdf.iterations < iterations) {
          const raised = { ...found, ...(await wrapKeys(password, keys)) };
          await store.replace(found, raised).catch(() => undefined); // the old record is as good as before: next time
        }
        keys.phrase.fill(0);
        await keepOpen(seed, keys.data);
      }),
    lock: () => inTurn(close),
    touch: () =>
      inTurn(async () => {
        if (!opened || past(opened)) return;
        const time = await fromNow();
        const { deadline } = time;
        const moved = Math.abs((deadline ?? Infinity) - (opened.deadline ?? Infinity));
        if (deadline === opened.deadline || moved < TOUCH_STEP_MS) return;
        await session.set({ key: toHex(opened.dataKey), ...time });
        opened = { seed: opened.seed, dataKey: opened.dataKey, ...time };
        options.schedule?.(deadline);
      }),
    seed: () => {
      if (opened && past(opened)) {
        forget();
        void inTurn(close);
      }
      if (!opened) throw locked();
      return opened.seed;
    },
    reveal: (password) =>
      inTurn(async () => {
        const found = await record();
        const keys = await openKeys(found, password);
        const phrase = await open(await boxKey(keys.phrase), found.phrase, 'phrase');
        keys.data.fill(0);
        keys.phrase.fill(0);
        if (!phrase) throw damaged('phrase');
        return new TextDecoder().decode(phrase);
      }),
    prove: (password) =>
      inTurn(async () => {
        const keys = await openKeys(await record(), password);
        keys.data.fill(0);
        keys.phrase.fill(0);
      }),
    changePassword: (old, next) =>
      inTurn(async () => {
        strong(next);
        const found = await record();
        const keys = await openKeys(found, old);
        await store.replace(found, { ...found, ...(await wrapKeys(next, keys)) });
        keys.data.fill(0);
        keys.phrase.fill(0);
      }),
    watch: (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}
