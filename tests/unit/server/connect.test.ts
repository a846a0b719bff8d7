import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { describe, expect, test } from 'vitest';
import { connect, serverLink } from '../../../src/server/connect.ts';
import { storedPins } from '../../../src/server/pins.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { meta, setMeta } from '../../../src/store/meta.ts';
import { arkInfo, key, reach, type Script } from './scripted-server.ts';

const refused = (script: Script, code: string, change = {}) =>
  expect(connect(reach(script, change))).rejects.toMatchObject({ code });

describe('making a connection', () => {
  test('a good server is described in our units, with its announcement', async () => {
    const server = await connect(reach({ handshake: () => ({ psa: 'maintenance on Sunday' }) }));
    expect(server.pver).toBe(5);
    expect(server.psa).toBe('maintenance on Sunday');
    const info = await server.info();
    expect(info).toMatchObject({ network: 'regtest', vtxoLifetime: 432, minBoardAmount: 20_000n });
    expect(info.fees).toMatchObject({
      board: { ppm: 3n },
      refresh: { ppmExpiryTable: [{ expiryBlocksThreshold: 1, ppm: 10n }, { expiryBlocksThreshold: 100 }] },
    });
  });

  test('the life of coins falls back to the old field', async () => {
    const old = () => arkInfo({ vtxoLifetime: 0, vtxoExpiryDelta: 777 });
    const server = await connect(reach({ info: old }));
    expect((await server.info()).vtxoLifetime).toBe(777);
  });

  test('exactly protocol version 5 is spoken', async () => {
    await refused({ handshake: () => ({ max: 4n }) }, 'PROTOCOL_TOO_OLD');
    await refused({ handshake: () => ({ min: 6n, max: 7n }) }, 'PROTOCOL_TOO_NEW');
    const server = await connect(reach({ handshake: () => ({ min: 5n, max: 9n }) }));
    expect(server.pver).toBe(5);
  });

  test('a server of another network is refused', async () => {
    await refused({ info: () => arkInfo({ network: 'bitcoin' }) }, 'WRONG_NETWORK');
    await refused({ info: () => arkInfo({ network: 'dogecoin' }) }, 'SERVER_MISBEHAVED');
  });

  test.each([
    ['no fees', arkInfo({ fees: undefined })],
    ['a short key', arkInfo({ serverPubkey: new Uint8Array(32) })],
    ['no mailbox key', arkInfo({ mailboxPubkey: new Uint8Array() })],
    ['a delta beyond the bound', arkInfo({ htlcSendExpiryDelta: 16_384 })],
    ['an exit depth beyond u16', arkInfo({ maxVtxoExitDepth: 70_000 })],
  ])('an unreadable description is refused: %s', async (_what, info) => {
    await refused({ info: () => info }, 'SERVER_MISBEHAVED');
  });

  test('fees that fall with the remaining life are refused', async () => {
    const info = arkInfo();
    info.fees!.refresh!.ppmExpiryTable.reverse();
    await refused({ info: () => info }, 'SERVER_MISBEHAVED');
  });

  test.each([
    ['no exit delay', { vtxoExitDelta: 0 }],
    ['no round nonces', { nbRoundNonces: 0 }],
  ])('unsafe on any network: %s', async (_what, change) => {
    await refused({ info: () => arkInfo(change) }, 'SERVER_UNSAFE');
  });

  const mainnet = { network: 'bitcoin', vtxoExitDelta: 144, vtxoLifetime: 4320, nbRoundNonces: 16 };
  test.each([
    ['coins that live no longer than a board and an exit take', { vtxoLifetime: 15 }],
    ['an exit delay under 96 blocks', { vtxoExitDelta: 95 }],
    ['too many round nonces', { nbRoundNonces: 17 }],
  ])('unsafe on mainnet: %s', async (_what, change) => {
    await refused({ info: () => arkInfo({ ...mainnet, ...change }) }, 'SERVER_UNSAFE', {
      network: 'mainnet',
    });
    await connect(reach({ info: () => arkInfo(mainnet) }, { network: 'mainnet' }));
    await connect(reach({ info: () => arkInfo({ ...mainnet, ...change, network: 'regtest' }) }));
  });
});

describe('pinning', () => {
  const wallet = { network: 'regtest', fingerprint: '00112233', createdAt: 1 } as const;
  const withWallet = async () => {
    const db = await openDexie('w', { indexedDB: new IDBFactory(), IDBKeyRange });
    await db.write(['meta'], (tx) => setMeta(tx, 'wallet', wallet));
    return db;
  };

  test('the first contact stores both keys, a changed one is refused for ever after', async () => {
    const db = await withWallet();
    const pins = storedPins(db);
    await connect(reach({}, { pins }));
    const stored = await db.read(['meta'], (tx) => meta(tx, 'wallet'));
    expect(stored).toMatchObject({ ...wallet, serverPubkey: `02${'07'.repeat(32)}` });
    await connect(reach({}, { pins }));
    await refused({ info: () => arkInfo({ serverPubkey: key(9) }) }, 'SERVER_KEY_CHANGED', { pins });
    await refused({ info: () => arkInfo({ mailboxPubkey: key(9) }) }, 'SERVER_KEY_CHANGED', { pins });
    expect(await db.read(['meta'], (tx) => meta(tx, 'wallet'))).toEqual(stored);
  });

  test('an unsafe or foreign server is not pinned', async () => {
    const db = await withWallet();
    const pins = storedPins(db);
    await refused({ info: () => arkInfo({ vtxoExitDelta: 0 }) }, 'SERVER_UNSAFE', { pins });
    await refused({ info: () => arkInfo({ network: 'signet' }) }, 'WRONG_NETWORK', { pins });
    expect(await db.read(['meta'], (tx) => meta(tx, 'wallet'))).toEqual(wallet);
  });
});

describe('the shared connection', () => {
  test('many callers share one handshake', async () => {
    let shakes = 0;
    const link = serverLink(reach({ handshake: () => (shakes++, {}) }));
    const servers = await Promise.all([link.get(), link.get(), link.get()]);
    expect(new Set(servers).size).toBe(1);
    await link.get();
    expect(shakes).toBe(1);
  });

  test('a failed attempt is not remembered', async () => {
    let max = 4n;
    const link = serverLink(reach({ handshake: () => ({ max }) }));
    await expect(link.get()).rejects.toMatchObject({ code: 'PROTOCOL_TOO_OLD' });
    max = 5n;
    expect((await link.get()).pver).toBe(5);
  });

  test('after drop, old values are dead and the next get connects again', async () => {
    let shakes = 0;
    const link = serverLink(
      reach({ handshake: () => (shakes++, {}), ark: { getOffboardFeeRate: () => ({}) } }),
    );
    const old = await link.get();
    await old.getOffboardFeeRate({});
    link.drop();
    await Promise.resolve();
    const next = await link.get();
    expect(shakes).toBe(2);
    await next.getOffboardFeeRate({});
    await expect(old.getOffboardFeeRate({})).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  test('the description is refreshed after ten minutes, and kept when the server is out of reach', async () => {
    let time = 0;
    let lifetime = 432;
    let down = false;
    const info = () => {
      if (down) throw new Error('down');
      return arkInfo({ vtxoLifetime: lifetime });
    };
    const server = await connect(reach({ info }, { now: () => time }));
    lifetime = 500;
    expect((await server.info()).vtxoLifetime).toBe(432);
    time = 10 * 60_000;
    const both = await Promise.all([server.info(), server.info()]);
    expect(both.map((i) => i.vtxoLifetime)).toEqual([500, 500]);
    time *= 3;
    down = true;
    expect((await server.info()).vtxoLifetime).toBe(500);
  });

  test('a server that changes its key while connected is refused from then on', async () => {
    let time = 0;
    let serverPubkey = key(7);
    const db = await openDexie('w', { indexedDB: new IDBFactory(), IDBKeyRange });
    await db.write(['meta'], (tx) =>
      setMeta(tx, 'wallet', { network: 'regtest', fingerprint: '00', createdAt: 1 }),
    );
    const link = serverLink(
      reach({ info: () => arkInfo({ serverPubkey }) }, { now: () => time, pins: storedPins(db) }),
    );
    const server = await link.get();
    serverPubkey = key(9);
    time = 10 * 60_000;
    await expect(server.info()).rejects.toMatchObject({ code: 'SERVER_KEY_CHANGED' });
    await expect(link.get()).rejects.toMatchObject({ code: 'SERVER_KEY_CHANGED' });
  });
});
