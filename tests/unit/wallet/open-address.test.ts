// Which Ark address is shown: the last one until something came to it.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { expect, test } from 'vitest';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { nextKeyIndex } from '../../../src/store/keys.ts';
import { setMeta } from '../../../src/store/meta.ts';
import { openMovement } from '../../../src/store/movements.ts';
import { sats } from '../../../src/units.ts';
import { keyRing } from '../../../src/wallet/key-ring.ts';
import { takeVtxoKey } from '../../../src/wallet/keys.ts';
import { openAddress } from '../../../src/wallet/open-address.ts';
import { defaultConfig, type Deps, type WalletPorts } from '../../../src/wallet/ports.ts';

const pubkey = (n: number): string => toHex(nobleCurve.publicKey(new Uint8Array(32).fill(n)));

async function setUp() {
  const db = await openDexie('wallet', { indexedDB: new IDBFactory(), IDBKeyRange });
  const keys = keyRing(new Uint8Array(64).fill(7), 'regtest');
  let now = 1_000;
  const ports = {
    db,
    curve: nobleCurve,
    keys: { unlocked: () => keys },
    now: () => now++,
  } as unknown as WalletPorts;
  const deps: Deps = { ports, config: defaultConfig('regtest') };
  const server = (n: number) =>
    db.write(['meta'], (tx) =>
      setMeta(tx, 'wallet', {
        network: 'regtest',
        fingerprint: '00000000',
        createdAt: 0,
        serverPubkey: pubkey(n),
        mailboxPubkey: pubkey(n + 1),
      }),
    );
  await server(2);
  return {
    server,
    open: async () => (await openAddress(deps)).address,
    taken: () => db.read(['keys'], nextKeyIndex),
    takeOthers: (count: number) =>
      db.write(['keys'], async (tx) => {
        for (let i = 0; i < count; i++) await takeVtxoKey(tx, keys, 'change', now++);
      }),
    receive: (address: string) =>
      db.write(['movements'], (tx) =>
        openMovement(
          tx,
          { subsystem: { name: 'bark.arkoor', kind: 'receive' }, intended: 5n },
          { receivedOn: [{ type: 'ark', value: address, amount: sats(5) }] },
          now++,
        ),
      ),
  };
}

test('opening Receive again shows the same address and takes no key', async () => {
  const { open, taken } = await setUp();
  const first = await open();
  expect(await open()).toBe(first);
  expect(await taken()).toBe(1);
});

test('an address that has received something is not shown again', async () => {
  const { open, receive, takeOthers } = await setUp();
  const first = await open();
  await takeOthers(3);
  expect(await open()).toBe(first);
  await receive(first);
  const second = await open();
  expect(second).not.toBe(first);
  expect(await open()).toBe(second);
});

test('a receipt is found behind hundreds of later lines', async () => {
  const { open, receive } = await setUp();
  const first = await open();
  await receive(first);
  for (let i = 0; i < 150; i++) await receive('tark1another');
  expect(await open()).not.toBe(first);
});

test('after a change of server the address is a new one', async () => {
  const { open, server } = await setUp();
  const first = await open();
  await server(4);
  const second = await open();
  expect(second).not.toBe(first);
  expect(await open()).toBe(second);
});

test('an unused address of long ago is left alone', async () => {
  const { open, takeOthers } = await setUp();
  const first = await open();
  await takeOthers(60);
  expect(await open()).not.toBe(first);
});
