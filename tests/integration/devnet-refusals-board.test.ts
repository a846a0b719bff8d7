// What the Ark server refuses of boards and registrations, and with which status (captaind's rules).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { exitTransactions } from '../../src/ark/exit-chain.ts';
import { parseTx, serializeTx, txid } from '../../src/ark/tx.ts';
import { vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { sats } from '../../src/units.ts';
import {
  board,
  connectTo,
  freshKey,
  prepareBoard,
  prepareSpend,
  pubkeyTo,
  spend,
  type Clients,
} from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

let devnet: Devnet;
let clients: Clients;
const key = freshKey();

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 2 } });
  clients = connectTo(devnet);
});
afterAll(() => devnet.stop());

const bytes = (vtxo: Vtxo) => encodeVtxo(vtxo, 'full');
/** The same coin with a signature that nobody made. */
function forged(vtxo: Vtxo): Vtxo {
  const genesis = vtxo.genesis.map((item) => ({
    ...item,
    transition: { ...item.transition, signature: new Uint8Array(64).fill(1) },
  }));
  return { ...vtxo, genesis };
}

describe('RequestBoardCosign', () => {
  type Request = ReturnType<typeof prepareBoard>['request'];
  const ask = (change: (request: Request) => Partial<Request>, amount = 50_000n) => {
    const { request } = prepareBoard(devnet, key, amount);
    return clients.ark.requestBoardCosign({ ...request, ...change(request) });
  };
  const refused = async (change: (request: Request) => Partial<Request>) => (await refusal(ask(change))).code;
  const withFunding = (request: Request, change: (tx: ReturnType<typeof parseTx>) => object) => {
    const tx = parseTx(request.fundingTx);
    return { fundingTx: serializeTx({ ...tx, ...change(tx) }) };
  };

  test('signs an honest request', async () => {
    const { request, finish } = prepareBoard(devnet, key, 50_000n);
    expect(finish(await clients.ark.requestBoardCosign(request)).amount).toBe(49_670n);
  });

  test('without pver', async () => {
    const old = connectTo(devnet, '');
    const { request } = prepareBoard(devnet, key, 50_000n);
    expect((await refusal(old.ark.requestBoardCosign(request))).code).toBe('InvalidArgument');
  });

  test('below the minimum', async () => {
    expect(await refused(() => ({ amount: 19_999n }))).toBe('InvalidArgument');
  });

  test('below the dust limit, whatever the minimum', async () => {
    const { minBoardAmount } = devnet.ark.config;
    devnet.ark.config.minBoardAmount = sats(1n);
    expect(await refused(() => ({ amount: 329n }))).toBe('InvalidArgument');
    devnet.ark.config.minBoardAmount = minBoardAmount;
  });

  test('above the largest coin', async () => {
    devnet.ark.config.maxVtxoAmount = sats(49_999n);
    expect(await refused(() => ({}))).toBe('InvalidArgument');
    devnet.ark.config.maxVtxoAmount = undefined;
  });

  test('too small for its fee', async () => {
    const { fees } = devnet.ark.config;
    devnet.ark.config.fees = { ...fees, board: { ...fees.board, minFee: sats(50_000n) } };
    expect(await refused(() => ({}))).toBe('InvalidArgument');
    devnet.ark.config.fees = fees;
  });

  test('already expired', async () => {
    expect(await refused(() => ({ expiryHeight: devnet.chain.height() - 1 }))).toBe('InvalidArgument');
  });

  test('living longer than three blocks more than the server offers', async () => {
    const end = () => devnet.chain.height() + devnet.ark.config.vtxoLifetime;
    await ask(() => ({ expiryHeight: end() + 3 }));
    expect(await refused(() => ({ expiryHeight: end() + 4 }))).toBe('InvalidArgument');
    expect(await refused(() => ({ expiryHeight: end() + 65_536 }))).toBe('InvalidArgument');
  });

  test('no funding transaction, or another one', async () => {
    expect(await refused(() => ({ fundingTx: new Uint8Array(0) }))).toBe('InvalidArgument');
    const other = prepareBoard(devnet, key, 50_000n).request.fundingTx;
    expect(await refused(() => ({ fundingTx: other }))).toBe('InvalidArgument');
  });

  test('an output that the funding transaction does not have', async () => {
    expect(
      await refused(({ utxo }) => ({ utxo: Uint8Array.from([...utxo.subarray(0, 32), 9, 0, 0, 0]) })),
    ).toBe('InvalidArgument');
  });

  test('more than 100 funding inputs', async () => {
    const many = (request: Request) =>
      withFunding(request, (tx) => ({
        inputs: Array.from({ length: 101 }, (_, vout) => ({
          prevout: { ...tx.inputs[0]!.prevout, vout },
          sequence: 0,
        })),
      }));
    const { text } = await refusal(ask(many));
    expect(text).toContain('too many inputs');
  });

  test('funding from a transaction that nobody knows', async () => {
    const { request } = prepareBoard(devnet, key, 50_000n);
    const tx = parseTx(request.fundingTx);
    const inputs = [{ prevout: { txid: new Uint8Array(32).fill(9), vout: 0 }, sequence: 0 }];
    const funding = { ...tx, inputs };
    const utxo = Uint8Array.from([...txid(funding), 0, 0, 0, 0]);
    const { code, text } = await refusal(
      clients.ark.requestBoardCosign({ ...request, utxo, fundingTx: serializeTx(funding) }),
    );
    expect([code, text]).toEqual(['InvalidArgument', expect.stringContaining('unknown input tx')]);
  });

  test('funding from a coin of the Ark', async () => {
    const coin = await board(devnet, clients, key, 50_000n);
    const { request } = prepareBoard(devnet, key, 50_000n);
    const funding = { ...parseTx(request.fundingTx), inputs: [{ prevout: coin.point, sequence: 0 }] };
    const utxo = Uint8Array.from([...txid(funding), 0, 0, 0, 0]);
    const { text } = await refusal(
      clients.ark.requestBoardCosign({ ...request, utxo, fundingTx: serializeTx(funding) }),
    );
    expect(text).toContain('input is a VTXO');
  });

  test('malformed key, outpoint and nonce', async () => {
    expect(await refused(() => ({ userPubkey: new Uint8Array(33) }))).toBe('InvalidArgument');
    expect(await refused(() => ({ utxo: new Uint8Array(35) }))).toBe('InvalidArgument');
    expect(await refused(() => ({ pubNonce: new Uint8Array(66) }))).toBe('InvalidArgument');
  });
});

describe('RegisterBoardVtxo', () => {
  const register = (vtxo: Vtxo) => clients.ark.registerBoardVtxo({ boardVtxo: bytes(vtxo) });
  const cosigned = async () => {
    const { request, finish } = prepareBoard(devnet, key, 50_000n);
    return finish(await clients.ark.requestBoardCosign(request));
  };

  test('unknown and unconfirmed funding is INTERNAL, too few confirmations is not', async () => {
    const vtxo = await cosigned();
    const unknown = { ...vtxo, anchor: { ...vtxo.anchor, txid: new Uint8Array(32).fill(3) } };
    expect((await refusal(register(unknown))).code).toBe('Internal');
    expect((await refusal(register(vtxo))).code).toBe('Internal');
    devnet.chain.mine(1);
    expect((await refusal(register(vtxo))).code).toBe('InvalidArgument');
    devnet.chain.mine(1);
    await register(vtxo);
    await register(vtxo);
  });

  test('a forged signature', async () => {
    const vtxo = await cosigned();
    devnet.chain.mine(2);
    expect((await refusal(register(forged(vtxo)))).code).toBe('InvalidArgument');
  });

  test('another amount or policy than the one cosigned', async () => {
    const vtxo = await cosigned();
    devnet.chain.mine(2);
    expect((await refusal(register({ ...vtxo, amount: sats(vtxo.amount + 1n) }))).code).toBe(
      'InvalidArgument',
    );
    expect((await refusal(register({ ...vtxo, policy: pubkeyTo(freshKey()) }))).code).toBe('InvalidArgument');
  });

  test('a board whose funding output is spent already', async () => {
    const vtxo = await cosigned();
    devnet.chain.mine(2);
    const [exit] = exitTransactions(nobleCurve, vtxo);
    if (exit === undefined) throw new Error('no exit');
    devnet.chain.mine(1, { include: [serializeTx(exit.tx)] });
    expect(await refusal(register(vtxo))).toMatchObject({
      code: 'InvalidArgument',
      text: expect.stringContaining('already spent'),
    });
  });

  test('a coin that is not a board', async () => {
    const coin = await board(devnet, clients, key, 50_000n);
    const [child] = await spend(devnet, clients, [
      { vtxo: coin, key, outputs: [{ amount: coin.amount, policy: pubkeyTo(key) }] },
    ]);
    const { code, text } = await refusal(register(child as Vtxo));
    expect([code, text]).toEqual(['InvalidArgument', expect.stringContaining('not a board')]);
  });

  test('bytes that are no coin', async () => {
    expect((await refusal(clients.ark.registerBoardVtxo({ boardVtxo: new Uint8Array(10) }))).code).toBe(
      'InvalidArgument',
    );
  });
});

describe('RegisterVtxoTransactions', () => {
  const register = (...vtxos: Vtxo[]) => clients.ark.registerVtxoTransactions({ vtxos: vtxos.map(bytes) });
  /** A cosigned but unregistered coin, with and without its signatures. */
  const child = async () => {
    const coin = await board(devnet, clients, key, 50_000n);
    const { parts, finish } = prepareSpend(devnet, [
      { vtxo: coin, key, outputs: [{ amount: coin.amount, policy: pubkeyTo(key) }] },
    ]);
    const [signed] = finish(await clients.ark.requestArkoorCosign({ parts }));
    const unsigned = devnet.ark.state.vtxos.get(vtxoId(signed as Vtxo))?.vtxo;
    return { coin, signed: signed as Vtxo, unsigned: unsigned as Vtxo };
  };

  test('nothing, or more than a thousand', async () => {
    expect((await refusal(register())).code).toBe('InvalidArgument');
    const coin = await board(devnet, clients, key, 50_000n);
    expect((await refusal(register(...Array.from({ length: 1001 }, () => coin)))).code).toBe(
      'InvalidArgument',
    );
  });

  test('an unknown coin is NOT_FOUND and named', async () => {
    const { request, finish } = prepareBoard(devnet, key, 50_000n);
    const vtxo = finish(await clients.ark.requestBoardCosign(request));
    expect(await refusal(register(vtxo))).toMatchObject({
      code: 'NotFound',
      identifiers: vtxoIdText(vtxo.point),
    });
  });

  test('unsigned, forged and undecodable coins', async () => {
    const { unsigned, signed } = await child();
    expect((await refusal(register(unsigned))).code).toBe('InvalidArgument');
    expect((await refusal(register(forged(signed)))).code).toBe('InvalidArgument');
    expect((await refusal(clients.ark.registerVtxoTransactions({ vtxos: [new Uint8Array(3)] }))).code).toBe(
      'InvalidArgument',
    );
  });

  test('a coin said to hang off a transaction that the server does not know', async () => {
    const { signed } = await child();
    const moved = { ...signed, anchor: { txid: new Uint8Array(32).fill(9), vout: 0 } };
    expect((await refusal(register(moved))).code).toBe('InvalidArgument');
  });

  test('a board before it is registered as one', async () => {
    const { request, finish } = prepareBoard(devnet, key, 50_000n);
    const vtxo = finish(await clients.ark.requestBoardCosign(request));
    devnet.chain.mine(2);
    expect((await refusal(register(vtxo))).code).toBe('NotFound');
  });

  test('one bad coin spoils the batch, a second upload does not', async () => {
    const { coin, signed } = await child();
    expect((await refusal(register(coin, forged(signed)))).code).toBe('InvalidArgument');
    expect(devnet.ark.state.vtxos.get(vtxoId(signed))?.state).toBe('unregistered');
    await register(signed, signed, coin);
    await clients.ark.registerVtxos({ vtxos: [bytes(signed)] });
    expect(devnet.ark.state.vtxos.get(vtxoId(signed))?.state).toBe('spendable');
  });
});
