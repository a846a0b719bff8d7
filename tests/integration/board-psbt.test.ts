// Boards that another wallet pays for, by PSBT: signed or not when it comes, judged before anything is agreed to.
import { Transaction, p2wpkh } from '@scure/btc-signer';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { readPsbt } from '../../src/bitcoin/psbt.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { action } from '../../src/store/actions.ts';
import { newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];
const DEAD_END = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

async function wallet(): Promise<Instance> {
  const instance = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(instance);
  return instance;
}

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

describe('a board that another wallet pays for', () => {
  const secret = new Uint8Array(32).fill(11);
  const { script } = p2wpkh(secp256k1.getPublicKey(secret));
  /** A PSBT of the other wallet: pays `outputs`, signed or not. */
  async function psbt(outputs: { address: string; amount: bigint }[], sign: boolean): Promise<Transaction> {
    const txid = devnet.chain.pay(script, 100_000n);
    devnet.chain.mine(1);
    const index = devnet.chain.tx(txid)!.tx.outputs.findIndex((o) => o.value === 100_000n);
    const tx = new Transaction();
    tx.addInput({ txid, index, witnessUtxo: { amount: 100_000n, script } });
    for (const { address, amount } of outputs)
      tx.addOutput({ script: addressToScript(address, 'regtest'), amount });
    if (sign) tx.sign(secret);
    return tx;
  }

  test('signed: it is broadcast here, whichever output pays the board', async () => {
    const w = await wallet();
    const { address, ...place } = await w.wallet.newBoardPlace();
    const tx = await psbt(
      [
        { address: DEAD_END, amount: 30_000n },
        { address, amount: 60_000n },
      ],
      true,
    );
    const funding = readPsbt(tx.toPSBT());
    expect(funding.fee).toBe(10_000n);
    const { actionId } = await w.wallet.boardFunding(place, funding);
    expect(actionId).toBe(`board.${tx.id}.1`);
    expect(await w.wallet.boardFunding(place, funding)).toEqual({ actionId });
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBe(60_000n - 330n);
    expect((await w.wallet.history())[0]).toMatchObject({
      status: 'successful',
      metadata: { chain_anchor: `${tx.id}:1`, onchain_fee_sat: 10_000 },
    });
  });

  test('unsigned at first: it says what it would move, and the same transaction is sent here once it is signed', async () => {
    const w = await wallet();
    const { address, ...place } = await w.wallet.newBoardPlace();
    const tx = await psbt([{ address, amount: 60_000n }], false);
    const bare = readPsbt(tx.toPSBT());
    expect(await w.wallet.fundingQuote(place, bare)).toEqual({ amount: 60_000n, fee: 330n });
    expect(await w.wallet.pending()).toEqual([]);
    const { actionId } = await w.wallet.boardFunding(place, bare);
    await w.wallet.resume();
    expect(devnet.chain.tx(tx.id)).toBe(undefined);
    tx.sign(secret);
    expect(await w.wallet.boardFunding(place, readPsbt(tx.toPSBT()))).toEqual({ actionId });
    await w.wallet.resume();
    expect(devnet.chain.tx(tx.id)).toBeDefined();
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBe(60_000n - 330n);
    expect((await w.wallet.history()).filter((line) => line.actionId === actionId)).toHaveLength(1);
  });

  test('unsigned: we wait until the other wallet has shown it to the network', async () => {
    const w = await wallet();
    const { address, ...place } = await w.wallet.newBoardPlace();
    const tx = await psbt([{ address, amount: 60_000n }], false);
    const funding = readPsbt(tx.toPSBT());
    expect(funding.raw).toBe(undefined);
    const { actionId } = await w.wallet.boardFunding(place, funding);
    await w.wallet.resume();
    devnet.clock.advance(60_000);
    await w.wallet.resume();
    const row = await w.db.read(['actions'], (t) => action(t, actionId));
    expect(row?.state).toMatchObject({ step: 'broadcasting' });
    expect(devnet.chain.tx(tx.id)).toBe(undefined);
    tx.sign(secret);
    tx.finalize();
    devnet.chain.submit(tx.extract());
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBe(60_000n - 330n);
  });

  test('what does not fit is refused before anything is written', async () => {
    const w = await wallet();
    const { address, ...place } = await w.wallet.newBoardPlace();
    const refused = async (tx: Transaction, code: string, at = place) => {
      await expect(w.wallet.boardFunding(at, readPsbt(tx.toPSBT()))).rejects.toMatchObject({ code });
      expect(await w.wallet.history()).toEqual([]);
    };
    await refused(await psbt([{ address: DEAD_END, amount: 60_000n }], true), 'INVALID_ARGUMENT');
    const twice = [
      { address, amount: 30_000n },
      { address, amount: 30_000n },
    ];
    await refused(await psbt(twice, true), 'INVALID_ARGUMENT');
    await refused(await psbt([{ address, amount: 19_999n }], true), 'AMOUNT_OUT_OF_RANGE');
    const good = await psbt([{ address, amount: 60_000n }], true);
    await refused(good, 'INVALID_ARGUMENT', { ...place, expiryHeight: place.expiryHeight + 1 });
    await refused(good, 'INVALID_ARGUMENT', { ...place, expiryHeight: 5 });
    await refused(good, 'INVALID_ARGUMENT', { ...place, keyIndex: 4_000 });
    const legacy = new Transaction({ allowLegacyWitnessUtxo: true });
    const pkh = Uint8Array.from([0x76, 0xa9, 20, ...new Uint8Array(20), 0x88, 0xac]);
    legacy.addInput({ txid: '11'.repeat(32), index: 0, witnessUtxo: { amount: 70_000n, script: pkh } });
    legacy.addOutput({ script: addressToScript(address, 'regtest'), amount: 60_000n });
    expect(() => readPsbt(legacy.toPSBT())).toThrow(/INVALID_ENCODING/);
    for (const bad of [new Uint8Array(), fromHex('70736274ff'), new Uint8Array(200)])
      expect(() => readPsbt(bad)).toThrow(/INVALID_ENCODING/);
  });
});
