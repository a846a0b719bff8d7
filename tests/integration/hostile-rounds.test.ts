// A server that lies in rounds and offboards, in every field of its answers: no forfeit leaves for a coin that is not
// proven, nothing is lost, and when it is honest again everything ends. By default every third lie; CRASH_FULL=1 takes all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serializeTx, parseTx, type Tx } from '../../src/ark/tx.ts';
import { decodeVtxo, encodeVtxo, type Vtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { sats } from '../../src/units.ts';
import type { ArkConfig } from '../../devnet/ark/config.ts';
import { checkInvariants, createWorlds, type World, type WorldMaker, type Worlds } from './crash/world.ts';

// Many lives of the same coins on chains that are taken back: Bitcoin Core's code sees what was sent, not these
// chains; the way out of a coin is shown to it by the other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

const full = process.env['CRASH_FULL'] === '1';
const ALWAYS = 1_000_000;
const ROUNDS: Partial<ArkConfig> = { roundSubmitMs: 1, roundSignMs: 1 };
const OTHER_KEY = nobleCurve.publicKey(new Uint8Array(32).fill(9));

let maker: WorldMaker;
let inWorld: Worlds['inWorld'];
let lies = 0;

beforeAll(async () => {
  ({ maker, inWorld } = await createWorlds(ROUNDS));
});
afterAll(async () => {
  console.log(`a server that lies in rounds and offboards: ${lies} lies`);
  expect(maker.devnet.ark.nonces.repeats).toEqual([]);
  await maker.close();
});

const methodsSince = ({ devnet }: World, from: number) =>
  devnet.ark.faults.calls.slice(from).map((c) => c.method);

interface Status {
  outputVtxos: Uint8Array[];
  inputVtxoIds: Uint8Array[];
  unlockHash?: Uint8Array;
}

/** The new coin with something about it changed. */
const coin =
  (change: (vtxo: Vtxo) => Partial<Vtxo>) =>
  (answer: Status): void => {
    answer.outputVtxos = answer.outputVtxos.map((bytes) => {
      const vtxo = decodeVtxo(nobleCurve, bytes, 'full');
      return encodeVtxo({ ...vtxo, ...change(vtxo) }, 'full');
    });
  };
/** One link of its chain changed: the last (−1) or the first (0). */
const link = (at: 0 | -1, change: (item: Vtxo['genesis'][number]) => object) =>
  coin(({ genesis }) => ({
    genesis: genesis.map((item, i) =>
      i === (at === 0 ? 0 : genesis.length - 1) ? ({ ...item, ...change(item) } as typeof item) : item,
    ),
  }));

const trees: Record<string, (answer: Status) => void> = {
  'no leaf': (a) => void (a.outputVtxos = []),
  'two leaves': (a) => void (a.outputVtxos = [...a.outputVtxos, ...a.outputVtxos]),
  'bytes that are no coin': (a) => void (a.outputVtxos = [new Uint8Array(100).fill(1)]),
  'half a coin': (a) => void (a.outputVtxos = a.outputVtxos.map((b) => b.slice(0, b.length / 2))),
  'a smaller amount': coin(({ amount }) => ({ amount: sats(amount - 1n) })),
  'a larger amount': coin(({ amount }) => ({ amount: sats(amount + 1n) })),
  'an expiry that is past': coin(() => ({ expiryHeight: 1 })),
  'a later expiry': coin(({ expiryHeight }) => ({ expiryHeight: expiryHeight + 1 })),
  'an earlier expiry': coin(({ expiryHeight }) => ({ expiryHeight: expiryHeight - 1 })),
  'another server key': coin(() => ({ serverPubkey: OTHER_KEY })),
  'another exit delta': coin(({ exitDelta }) => ({ exitDelta: exitDelta + 1 })),
  'the key of somebody else': coin(() => ({ policy: { type: 'pubkey', userPubkey: OTHER_KEY } })),
  'another anchor': coin(({ anchor }) => ({ anchor: { ...anchor, txid: new Uint8Array(32).fill(5) } })),
  'another output of the anchor': coin(({ anchor }) => ({ anchor: { ...anchor, vout: anchor.vout + 1 } })),
  'a chain without its first link': coin(({ genesis }) => ({ genesis: genesis.slice(1) })),
  'a chain without its last link': coin(({ genesis }) => ({ genesis: genesis.slice(0, -1) })),
  'an unsigned branch': link(0, ({ transition }) => ({
    transition: { ...transition, signature: undefined },
  })),
  'a branch that is signed wrongly': link(0, ({ transition }) => ({
    transition: { ...transition, signature: new Uint8Array(64).fill(1) },
  })),
  'a leaf that is unlocked already': link(-1, ({ transition }) => ({
    transition: { ...transition, unlock: { preimage: new Uint8Array(32).fill(3) } },
  })),
  'a leaf that waits for another hash': link(-1, ({ transition }) => ({
    transition: { ...transition, unlock: { hash: new Uint8Array(32).fill(3) } },
  })),
  'other old coins': (a) => void (a.inputVtxoIds = [new Uint8Array(36).fill(2)]),
};

const flip = (bytes: Uint8Array, at = 5): Uint8Array => bytes.map((b, i) => (i === at ? b ^ 1 : b));
/** After which nothing of ours may have left but what is named. */
const cosigning: [name: string, method: string, change: (answer: never) => void, mayLeave: string[]][] = [
  [
    'a leaf share that does not hold',
    'RequestLeafVtxoCosign',
    (a: { partialSignature: Uint8Array }) => void (a.partialSignature = flip(a.partialSignature)),
    [],
  ],
  [
    'a leaf nonce of another exchange',
    'RequestLeafVtxoCosign',
    (a: { publicNonce: Uint8Array }) => void (a.publicNonce = new Uint8Array([...OTHER_KEY, ...OTHER_KEY])),
    [],
  ],
  [
    'a leaf nonce that is none',
    'RequestLeafVtxoCosign',
    (a: { publicNonce: Uint8Array }) => void (a.publicNonce = new Uint8Array(66)),
    [],
  ],
  [
    'too few nonces for forfeits',
    'RequestForfeitNonces',
    (a: { publicNonces: Uint8Array[] }) => void (a.publicNonces = []),
    [],
  ],
  [
    'too many nonces for forfeits',
    'RequestForfeitNonces',
    (a: { publicNonces: Uint8Array[] }) => void (a.publicNonces = [...a.publicNonces, ...a.publicNonces]),
    [],
  ],
  [
    'a nonce for forfeits that is none',
    'RequestForfeitNonces',
    (a: { publicNonces: Uint8Array[] }) => void (a.publicNonces = [new Uint8Array(66)]),
    [],
  ],
  [
    'another preimage',
    'ForfeitVtxos',
    (a: { unlockPreimage: Uint8Array }) => void (a.unlockPreimage = flip(a.unlockPreimage)),
    ['ForfeitVtxos'],
  ],
  [
    'no preimage',
    'ForfeitVtxos',
    (a: { unlockPreimage: Uint8Array }) => void (a.unlockPreimage = new Uint8Array()),
    ['ForfeitVtxos'],
  ],
];

/** A refresh of all coins, up to the exchange, with the lie told three times; then honestly to its end. */
async function liedTo(
  method: string,
  change: (answer: never) => void,
  mayLeave: readonly string[],
): Promise<void> {
  await inWorld(async (world, w) => {
    const { devnet } = world;
    const { total } = await w.wallet.balance();
    const coins = (await w.wallet.coins()).map((c) => c.id);
    const { actionId } = await w.wallet.refresh({ coins });
    await w.wallet.resume();
    expect(await devnet.ark.round()).toBeDefined();
    devnet.chain.mine(1);
    devnet.ark.faults.tamper(method, change, ALWAYS);
    lies++;
    const from = devnet.ark.faults.calls.length;
    for (let i = 0; i < 3; i++) {
      devnet.clock.advance(60_000);
      await w.wallet.wake();
    }
    const methods = methodsSince(world, from);
    expect(methods).toContain(method);
    if (!mayLeave.includes('ForfeitVtxos')) expect(methods).not.toContain('ForfeitVtxos');
    const balance = await w.wallet.balance();
    expect([balance.total, balance.spendable, balance.pendingInRound]).toEqual([total, 0n, total]);
    devnet.ark.faults.clear();
    devnet.clock.advance(600_000);
    await w.settle();
    const line = await w.wallet.movement(actionId);
    expect(line?.status).toBe('successful');
    expect((await w.wallet.balance()).spendable).toBe(total - line!.fee);
    await checkInvariants(world, w);
  });
}

/** All in full, else every third. */
const some = <T>(all: readonly T[], offset: number): readonly T[] =>
  full ? all : all.filter((_, i) => i % 3 === offset);

describe('a round with a lie in it is not taken, until the truth is told', () => {
  for (const [name, change] of some(Object.entries(trees), 1))
    test(`a tree with ${name}`, () => liedTo('RoundParticipationStatus', change as (a: never) => void, []));
  for (const [name, method, change, mayLeave] of some(cosigning, 0))
    test(`${method}: ${name}`, () => liedTo(method, change, mayLeave));
});

/** Changes the server's transaction. */
const paying =
  (change: (tx: Tx) => Tx) =>
  (answer: { offboardTx: Uint8Array }): void => {
    answer.offboardTx = serializeTx(change(parseTx(answer.offboardTx)));
  };
const output = (at: number, change: (out: Tx['outputs'][number]) => Tx['outputs'][number]) =>
  paying((tx) => ({ ...tx, outputs: tx.outputs.map((out, i) => (i === at ? change(out) : out)) }));

const offboards: [name: string, method: string, change: (answer: never) => void][] = [
  ['less than was asked for', 'PrepareOffboard', output(0, (o) => ({ ...o, value: sats(o.value - 1n) }))],
  ['more than was asked for', 'PrepareOffboard', output(0, (o) => ({ ...o, value: sats(o.value + 1n) }))],
  [
    'somebody else',
    'PrepareOffboard',
    output(0, (o) => ({ ...o, script: o.script.map((b, i) => (i === 9 ? b ^ 1 : b)) })),
  ],
  ['nobody', 'PrepareOffboard', paying((tx) => ({ ...tx, outputs: tx.outputs.slice(1) }))],
  ['with too small a connector', 'PrepareOffboard', output(1, (o) => ({ ...o, value: sats(329n) }))],
  ['with too large a connector', 'PrepareOffboard', output(1, (o) => ({ ...o, value: sats(331n) }))],
  ['without a connector', 'PrepareOffboard', paying((tx) => ({ ...tx, outputs: tx.outputs.slice(0, 1) }))],
  [
    'at another output',
    'PrepareOffboard',
    paying((tx) => ({ ...tx, outputs: [tx.outputs[1]!, tx.outputs[0]!, ...tx.outputs.slice(2)] })),
  ],
  [
    'with bytes that are no transaction',
    'PrepareOffboard',
    (a: { offboardTx: Uint8Array }) => void (a.offboardTx = new Uint8Array(40).fill(1)),
  ],
  [
    'with too few nonces',
    'PrepareOffboard',
    (a: { forfeitCosignNonces: Uint8Array[] }) => void (a.forfeitCosignNonces = []),
  ],
  [
    'with a nonce that is none',
    'PrepareOffboard',
    (a: { forfeitCosignNonces: Uint8Array[] }) => void (a.forfeitCosignNonces = [new Uint8Array(66)]),
  ],
  [
    'and sends no signed transaction',
    'FinishOffboard',
    (a: { signedOffboardTx: Uint8Array }) => void (a.signedOffboardTx = new Uint8Array()),
  ],
  [
    'and sends it unsigned',
    'FinishOffboard',
    (a: { signedOffboardTx: Uint8Array }) => {
      const tx = parseTx(a.signedOffboardTx);
      a.signedOffboardTx = serializeTx({ ...tx, inputs: tx.inputs.map((i) => ({ ...i, witness: [] })) });
    },
  ],
  [
    'and sends another one',
    'FinishOffboard',
    (a: { signedOffboardTx: Uint8Array }) => {
      const tx = parseTx(a.signedOffboardTx);
      a.signedOffboardTx = serializeTx({ ...tx, lockTime: tx.lockTime + 1 });
    },
  ],
];

describe('an offboard with a lie in it gives nothing up, until the truth is told', () => {
  for (const [name, method, change] of some(offboards, 1)) {
    test(`a server that pays ${name}`, () =>
      inWorld(async (world, w) => {
        const { devnet } = world;
        const { address } = await (await world.friend()).wallet.boardAddress();
        const { total } = await w.wallet.balance();
        const at = () =>
          devnet.chain.utxos(addressToScript(address, 'regtest')).reduce((sum, { value }) => sum + value, 0n);
        devnet.ark.faults.tamper(method, change, ALWAYS);
        lies++;
        const from = devnet.ark.faults.calls.length;
        const { actionId } = await w.wallet.offboard({ address, coins: 'all' });
        for (let i = 0; i < 3; i++) {
          await w.wallet.wake();
          devnet.clock.advance(20_000);
        }
        const methods = methodsSince(world, from);
        expect(methods).toContain(method);
        if (method === 'PrepareOffboard') {
          expect(methods).not.toContain('FinishOffboard');
          expect(at()).toBe(0n);
        }
        expect((await w.wallet.balance()).total).toBe(total);
        devnet.ark.faults.clear();
        for (let i = 0; i < 5; i++) {
          devnet.clock.advance(60_000);
          await w.wallet.wake();
          devnet.chain.mine(1);
        }
        await w.settle();
        const line = await w.wallet.movement(actionId);
        expect(line?.status).toBe('successful');
        expect(at()).toBe(total - line!.fee);
        expect((await w.wallet.balance()).total).toBe(0n);
        await checkInvariants(world, w);
      }));
  }
});
