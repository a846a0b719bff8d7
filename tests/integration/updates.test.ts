// Skiff is updated, or rolled back, while a payment is under way: with the database of any version there was, the payment
// ends, once.
import { IDBKeyRange } from 'fake-indexeddb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { openDexie } from '../../src/store/dexie.ts';
import { migrations, SCHEMA_VERSION, tablesAt } from '../../src/store/schema.ts';
import { fixture, fixtureNames, putIn, takeOut } from '../unit/store/stored-database.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './support/wallets.ts';

const NAME = 'skiff';
let devnet: Devnet;
/** One wallet, which goes from version to version. */
let profile: Profile;
let last: Instance;

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
  const made = await newWallet(devnet);
  ({ profile } = made);
  last = made;
  await fund(devnet, made, 200_000n);
});
afterAll(async () => {
  await last.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

interface Held {
  actionId: string;
  hash: string;
  before: bigint;
}

/** A payment that its payee holds; the worker ends. */
async function payHeld(w: Instance): Promise<Held> {
  const before = (await w.wallet.balance()).total;
  const { bolt11, paymentHash: hash } = devnet.lightning.createInvoice({
    amountMsat: 2_000_000n,
    expirySeconds: 10_000_000,
    hold: true,
  });
  const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11), {});
  await expect.poll(() => devnet.lightning.invoice(hash)?.state, { timeout: 20_000 }).toBe('held');
  await expect
    .poll(async () => (await w.wallet.pending()).map((a) => (a.state as { step: string }).step))
    .toEqual(['initiated']);
  await w.close();
  return { actionId, hash, before };
}

async function endsPaidOnce(w: Instance, { actionId, hash, before }: Held): Promise<void> {
  const started = () => devnet.ark.faults.calls.filter((c) => c.method === 'InitiateLightningPayment').length;
  const calls = started();
  expect(await w.wallet.pending()).toMatchObject([{ id: actionId, kind: 'lightning-send' }]);
  devnet.lightning.settle(hash);
  await w.settle();
  const outcome = await w.wallet.outcome(actionId);
  expect(outcome).toMatchObject({ status: 'paid' });
  const { fee } = outcome as { fee: bigint };
  expect(await w.wallet.balance()).toMatchObject({ total: before - 2_000n - fee, pendingLightningSend: 0n });
  expect(await w.wallet.movement(actionId)).toMatchObject({ status: 'successful' });
  expect(started()).toBe(calls);
}

/** The same rows in the tables that version knew, as if it had always been the newest. */
async function asOf(idb: IDBFactory, version: number): Promise<IDBFactory> {
  const { stores } = await takeOut(idb, NAME);
  const known = Object.keys(tablesAt(version));
  return putIn(NAME, {
    version: version * 10,
    stores: Object.fromEntries(Object.entries(stores).filter(([table]) => known.includes(table))),
  });
}

describe('an update', () => {
  test.each(migrations.map(({ version }) => version))(
    'from schema version %i in the middle of a payment: it ends, once',
    async (version) => {
      const held = await payHeld(last);
      profile = { ...profile, idb: await asOf(profile.idb, version) };
      last = await openInstance(devnet, profile);
      await endsPaidOnce(last, held);
    },
  );

  test('finds the open payment in the form in which every version has left it', async () => {
    const formOf = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.slice(0, 1).map(formOf)
        : value instanceof Uint8Array || typeof value !== 'object' || value === null
          ? typeof value
          : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, formOf(inner)]));
    const held = await payHeld(last);
    const [row] = (await takeOut(profile.idb, NAME)).stores['actions']!.rows as { state: object }[];
    last = await openInstance(devnet, profile);
    await endsPaidOnce(last, held);
    for (const name of fixtureNames()) {
      const [old] = fixture(name).stores['actions']!.rows as { state: object }[];
      // What was added since may be missing in an old one; what is there means the same.
      expect(formOf(row!.state)).toMatchObject(formOf(old!.state) as object);
    }
  });
});

test('a roll-back in the middle of a payment is refused without touching it, and the newer Skiff ends the payment', async () => {
  const newer = [...migrations, { version: 99, tables: { unheard: { key: 'id', indexes: [] } } }];
  const env = { indexedDB: profile.idb, IDBKeyRange };
  const theirs = () => openDexie(NAME, { ...env, migrations: newer });
  await last.close();
  const held = await payHeld(await openInstance(devnet, profile, { db: await theirs() }));
  const before = await takeOut(profile.idb, NAME);
  await expect(openDexie(NAME, env)).rejects.toMatchObject({
    code: 'STORE_FROM_THE_FUTURE',
    say: expect.stringContaining('your money is safe') as string,
  });
  expect(await takeOut(profile.idb, NAME)).toEqual(before);
  const after = await openInstance(devnet, profile, { db: await theirs() });
  await endsPaidOnce(after, held);
  await after.close();
  profile = { ...profile, idb: await asOf(profile.idb, SCHEMA_VERSION) };
  last = await openInstance(devnet, profile);
});
