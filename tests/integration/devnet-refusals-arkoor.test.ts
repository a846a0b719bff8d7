// What the Ark server refuses of off-chain transfers and coin queries, and with which status (captaind's rules).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { Destination } from '../../devnet/ark/arkoor-build.ts';
import { exitTransactions } from '../../src/ark/exit-chain.ts';
import { serializeTx } from '../../src/ark/tx.ts';
import { vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { VtxoSpendState } from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import {
  arkoorAttestation,
  board,
  connectTo,
  freshKey,
  prepareSpend,
  pubkeyTo,
  spend,
  statusAttestation,
  type Clients,
  type Key,
  type Spend,
} from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
let clients: Clients;
const key = freshKey();
/** A registered board of 50 000 − 330 sat, fresh for each test. */
let coin: Vtxo;

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  clients = connectTo(devnet);
});
beforeEach(async () => {
  coin = await board(devnet, clients, key, 50_000n);
});
afterAll(() => devnet.stop());

const to = (amount: bigint, owner: Key = key): Destination => ({
  amount: sats(amount),
  policy: pubkeyTo(owner),
});
const whole = () => [to(coin.amount)];
const cosign = (spends: Spend[]) =>
  clients.ark.requestArkoorCosign({ parts: prepareSpend(devnet, spends).parts });
const refused = (spends: Spend[]) => refusal(cosign(spends));
type WirePart = ReturnType<typeof prepareSpend>['parts'][number];
/** An honest part of the whole coin, changed on the wire. */
const refusedPart = (change: (part: WirePart) => Partial<WirePart>) => {
  const { parts } = prepareSpend(devnet, [{ vtxo: coin, key, outputs: whole() }]);
  return refusal(
    clients.ark.requestArkoorCosign({ parts: parts.map((part) => ({ ...part, ...change(part) })) }),
  );
};
const stateOf = (vtxo: Vtxo) => devnet.ark.state.vtxos.get(vtxoId(vtxo))?.state;
const INVALID = { code: 'InvalidArgument' };

describe('RequestArkoorCosign refuses', () => {
  test('an empty package', async () => {
    expect(await refused([])).toMatchObject(INVALID);
  });

  test('an unknown input, by name', async () => {
    const stranger = { ...coin, point: { txid: new Uint8Array(32).fill(5), vout: 1 } };
    expect(await refused([{ vtxo: stranger, key, outputs: whole() }])).toMatchObject({
      code: 'NotFound',
      identifiers: vtxoId(stranger),
    });
  });

  test('the same input twice', async () => {
    const same = { vtxo: coin, key, outputs: whole() };
    expect(await refused([same, same])).toMatchObject({ code: 'NotFound' });
  });

  test('an input whose chain was never registered', async () => {
    const { parts, finish } = prepareSpend(devnet, [{ vtxo: coin, key, outputs: whole() }]);
    const [child] = finish(await clients.ark.requestArkoorCosign({ parts }));
    const onward = { vtxo: child as Vtxo, key, outputs: whole() };
    expect(await refused([onward])).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('unregistered'),
    });
    await clients.ark.registerVtxoTransactions({ vtxos: [encodeVtxo(child as Vtxo, 'full')] });
    await cosign([onward]);
  });

  test('a part without checkpoint', async () => {
    expect(await refusedPart(() => ({ useCheckpoint: false }))).toMatchObject(INVALID);
  });

  test('more than four outputs of one input, isolated ones included', async () => {
    const four = [to(10_000n), to(10_000n), to(10_000n), to(coin.amount - 30_000n)];
    const five = [to(1_000n), to(9_000n), ...four.slice(1)];
    expect(await refused([{ vtxo: coin, key, outputs: five }])).toMatchObject(INVALID);
    const isolated = [to(300n), to(100n)];
    const normal = [to(10_000n), to(10_000n), to(coin.amount - 20_400n)];
    expect(await refused([{ vtxo: coin, key, outputs: normal, isolated }])).toMatchObject(INVALID);
    await cosign([{ vtxo: coin, key, outputs: four }]);
  });

  test.each([
    ['dust beside a large output', (all: bigint) => [[100n, all - 100n], []]],
    ['an isolation that holds no dust', (all: bigint) => [[all - 400n], [400n]]],
    ['an isolation below the dust limit', (all: bigint) => [[all - 200n], [100n, 100n]]],
    ['an isolated output that needs none', (all: bigint) => [[all - 760n], [100n, 660n]]],
    [
      'dust outside of the isolation',
      (all: bigint) => [
        [all - 500n, 100n],
        [300n, 100n],
      ],
    ],
    ['nothing but isolated outputs', (all: bigint) => [[], [100n, all - 100n]]],
    ['an output of zero', (all: bigint) => [[all, 0n], []]],
    ['more than the input holds', (all: bigint) => [[all + 1n], []]],
    ['less than the input holds', (all: bigint) => [[all - 1n], []]],
    ['amounts that overflow', (all: bigint) => [[(1n << 64n) - 1n, all + 1n], []]],
  ] as const)('%s', async (_, split) => {
    const [outputs, isolated] = split(coin.amount) as [bigint[], bigint[]];
    const wire = (amounts: bigint[]) => amounts.map((amount) => to(amount));
    expect(
      await refused([{ vtxo: coin, key, outputs: wire(outputs), isolated: wire(isolated) }]),
    ).toMatchObject(INVALID);
    expect(stateOf(coin)).toBe('spendable');
  });

  test('an attestation by another key, or over other outputs', async () => {
    const other = freshKey();
    const asked = { vtxo: coin, key: other, outputs: whole() };
    expect(await refusedPart(() => ({ attestation: arkoorAttestation(asked) }))).toMatchObject(INVALID);
    const elsewhere = { vtxo: coin, key, outputs: [to(coin.amount, other)] };
    expect(await refusedPart(() => ({ attestation: arkoorAttestation(elsewhere) }))).toMatchObject(INVALID);
  });

  test('too few or too many nonces', async () => {
    expect(
      await refusedPart(({ userPubNonces }) => ({ userPubNonces: userPubNonces.slice(1) })),
    ).toMatchObject(INVALID);
    expect(
      await refusedPart(({ userPubNonces }) => ({ userPubNonces: [...userPubNonces, ...userPubNonces] })),
    ).toMatchObject(INVALID);
  });

  test('what it cannot parse, as INTERNAL', async () => {
    const internal = { code: 'Internal' };
    expect(
      await refusedPart(() => ({ userPubNonces: [new Uint8Array(66), new Uint8Array(66)] })),
    ).toMatchObject(internal);
    expect(await refusedPart(() => ({ attestation: new Uint8Array(63) }))).toMatchObject(internal);
    expect(
      await refusedPart(({ outputs }) => ({
        outputs: outputs.map((o) => ({ ...o, policy: new Uint8Array(3) })),
      })),
    ).toMatchObject(internal);
  });

  test('a chain that is deep enough already', async () => {
    devnet.ark.config.maxVtxoExitDepth = 1;
    expect(await refused([{ vtxo: coin, key, outputs: whole() }])).toMatchObject(INVALID);
    devnet.ark.config.maxVtxoExitDepth = 100;
    await cosign([{ vtxo: coin, key, outputs: whole() }]);
  });

  test('a banned coin until the ban ends', async () => {
    devnet.ark.ban(vtxoId(coin), devnet.chain.height() + 1);
    expect(await refused([{ vtxo: coin, key, outputs: whole() }])).toMatchObject(INVALID);
    devnet.chain.mine(1);
    await cosign([{ vtxo: coin, key, outputs: whole() }]);
  });

  test('a coin that has left for the chain', async () => {
    const [exit] = exitTransactions(nobleCurve, coin);
    devnet.chain.mine(1, { include: [serializeTx(exit!.tx)] });
    expect(await refused([{ vtxo: coin, key, outputs: whole() }])).toMatchObject({
      ...INVALID,
      text: expect.stringContaining('exited'),
    });
  });

  test('other outputs for a spent coin, while the identical package is signed again', async () => {
    const honest = { vtxo: coin, key, outputs: whole() };
    await cosign([honest]);
    const again = prepareSpend(devnet, [honest]);
    const [child] = again.finish(await clients.ark.requestArkoorCosign({ parts: again.parts }));
    expect(stateOf(child as Vtxo)).toBe('unregistered');
    const split = [to(1_000n), to(coin.amount - 1_000n)];
    expect(await refused([{ vtxo: coin, key, outputs: split }])).toMatchObject(INVALID);
    // Same amounts, so the same checkpoint: only what comes after it differs.
    const elsewhere = [to(coin.amount, freshKey())];
    expect(await refused([{ vtxo: coin, key, outputs: elsewhere }])).toMatchObject({ code: 'Internal' });
    expect(stateOf(coin)).toBe('spent');
  });

  test('a package of which one input is refused, leaving the other alone', async () => {
    const spent = await board(devnet, clients, key, 50_000n);
    await cosign([{ vtxo: spent, key, outputs: whole() }]);
    const elsewhere = [to(1_000n, freshKey()), to(coin.amount - 1_000n)];
    expect(
      await refused([
        { vtxo: coin, key, outputs: elsewhere },
        { vtxo: spent, key, outputs: elsewhere },
      ]),
    ).toMatchObject(INVALID);
    expect(stateOf(coin)).toBe('spendable');
  });
});

describe('coin queries', () => {
  const idOf = (vtxo: Vtxo) => vtxoIdBytes(vtxo.point);
  const unknown = new Uint8Array(36).fill(8);

  test('GetVtxo: malformed id, unknown id', async () => {
    expect(await refusal(clients.ark.getVtxo({ vtxoId: new Uint8Array(32) }))).toMatchObject(INVALID);
    expect(await refusal(clients.ark.getVtxo({ vtxoId: unknown }))).toMatchObject({
      code: 'NotFound',
      identifiers: expect.stringContaining('08080808'),
    });
    expect((await clients.ark.getVtxo({ vtxoId: idOf(coin) })).vtxo).toEqual(encodeVtxo(coin, 'full'));
  });

  test('GetVtxoStatus: only the owner learns the state', async () => {
    const ask = (vtxo: Vtxo, attestation: Uint8Array) =>
      clients.ark.getVtxoStatus({ vtxoId: idOf(vtxo), attestation });
    expect(await refusal(ask(coin, new Uint8Array(64)))).toMatchObject(INVALID);
    expect(await refusal(ask(coin, new Uint8Array(10)))).toMatchObject(INVALID);
    expect(await refusal(ask(coin, statusAttestation(coin, freshKey())))).toMatchObject(INVALID);
    const stranger = { ...coin, point: { txid: new Uint8Array(32), vout: 0 } };
    expect(await refusal(ask(stranger, statusAttestation(stranger, key)))).toMatchObject({
      code: 'NotFound',
    });

    const state = async (vtxo: Vtxo) => (await ask(vtxo, statusAttestation(vtxo, key))).spendState;
    expect(await state(coin)).toBe(VtxoSpendState.SPENDABLE);
    const [child] = await spend(devnet, clients, [{ vtxo: coin, key, outputs: whole() }]);
    expect(await state(coin)).toBe(VtxoSpendState.SPENT);
    expect(await state(child as Vtxo)).toBe(VtxoSpendState.SPENDABLE);
  });

  test('by ids: unknown ones are listed once, too many are refused', async () => {
    const found = await clients.ark.getVtxosByIds({ vtxoIds: [unknown, idOf(coin), unknown] });
    expect([found.vtxos.length, found.missingVtxoIds]).toEqual([1, [unknown]]);
    const tooMany = Array.from({ length: 1001 }, () => unknown);
    expect(await refusal(clients.ark.getVtxosByIds({ vtxoIds: tooMany }))).toMatchObject(INVALID);

    const query = { vtxoId: idOf(coin), attestation: statusAttestation(coin, key) };
    const states = await clients.ark.getVtxosStatusByIds({
      vtxos: [query, { vtxoId: unknown, attestation: query.attestation }],
    });
    expect(states.vtxos).toMatchObject([{ spendState: VtxoSpendState.SPENDABLE }]);
    expect(states.missingVtxoIds).toEqual([unknown]);
    const wrong = { ...query, attestation: statusAttestation(coin, freshKey()) };
    expect(await refusal(clients.ark.getVtxosStatusByIds({ vtxos: [wrong] }))).toMatchObject(INVALID);
  });
});

test('a nonce used twice is remembered', async () => {
  const { parts } = prepareSpend(devnet, [{ vtxo: coin, key, outputs: whole() }]);
  const before = devnet.ark.nonces.repeats.length;
  await clients.ark.requestArkoorCosign({ parts });
  expect(devnet.ark.nonces.repeats.length).toBe(before);
  await clients.ark.requestArkoorCosign({ parts });
  expect(devnet.ark.nonces.repeats.length).toBe(before + 2);
});
