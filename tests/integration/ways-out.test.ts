// Ways out that do not begin with a command of ours: a file with which another tool brings coins out, and coins that
// somebody else has brought out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { deriveWalletKeys } from '../../src/ark/keys.ts';
import { tapLeafHash } from '../../src/ark/taproot.ts';
import { parseTx, serializeTx, taprootSighash, type Tx } from '../../src/ark/tx.ts';
import { parseVtxoId } from '../../src/ark/vtxo-id.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, type Instance, type Profile } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(...funds: bigint[]): Promise<Instance & { profile: Profile }> {
  const instance = await newWallet(devnet);
  opened.push(instance);
  for (const amount of funds) await fund(devnet, instance, amount);
  return instance;
}
/** Coins of a board, of a transfer and of change. */
async function varied(): Promise<Instance & { profile: Profile }> {
  const [w, other] = [await wallet(60_000n, 40_000n), await wallet(30_000n)];
  const { address } = await w.wallet.newAddress();
  await other.wallet.pay(await other.wallet.inspect(address), { amount: sats(12_000n) });
  await other.settle();
  const theirs = await other.wallet.newAddress();
  await w.wallet.pay(await w.wallet.inspect(theirs.address), { amount: sats(9_000n) });
  await w.settle();
  return w;
}

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

interface FileCoin {
  id: string;
  amount_sat: number;
  transactions: { txid: string; hex: string; fee_output: number }[];
  output: { point: string; script_pubkey: string };
  claim: { key_path: string; pubkey: string; script: string; control_block: string; sequence: number };
}

/** The claim of an output, made of nothing but the file and the seed. */
function claimed({ amount_sat, output, claim }: FileCoin, seed: Uint8Array): Uint8Array {
  const index = Number(/^m\/350'\/0'\/(\d+)$/.exec(claim.key_path)?.[1]);
  const { secret, publicKey } = deriveWalletKeys(seed).vtxoKey(index);
  expect(toHex(publicKey)).toBe(claim.pubkey);
  const script = fromHex(claim.script);
  const home = fromHex(`5120${'ab'.repeat(32)}`);
  const tx: Tx = {
    version: 2,
    lockTime: 0,
    inputs: [{ prevout: parseVtxoId(output.point), sequence: claim.sequence }],
    outputs: [{ value: sats(BigInt(amount_sat) - 500n), script: home }],
  };
  const spent = [{ value: sats(BigInt(amount_sat)), script: fromHex(output.script_pubkey) }];
  const digest = taprootSighash(tx, 0, spent, tapLeafHash(script));
  const signature = nobleCurve.schnorrSign(digest, secret, new Uint8Array(32));
  const witness = [signature, script, fromHex(claim.control_block)];
  return serializeTx({ ...tx, inputs: tx.inputs.map((input) => ({ ...input, witness })) });
}

describe('the way out as a file', () => {
  test('brings every coin to its owner with a tool that has the file and the words alone', async () => {
    const w = await varied();
    const file = await w.wallet.exitFile();
    const { coins, ...head } = JSON.parse(file.text) as { coins: FileCoin[] };
    expect(head).toMatchObject({ format: 'skiff-exit', version: 1, network: 'regtest' });
    const mine = await w.wallet.coins();
    expect(coins.map((c) => c.id).sort()).toEqual(mine.map((c) => c.id).sort());
    expect(coins.length).toBeGreaterThan(2);
    const out = new Set<string>();
    for (const coin of coins) {
      // Coins of one payment share the transactions before it.
      for (const { txid, hex, fee_output } of coin.transactions.filter((tx) => !out.has(tx.txid))) {
        expect(parseTx(fromHex(hex)).outputs).toHaveLength(fee_output + 1);
        devnet.ark.bump(fromHex(hex));
        devnet.chain.mine(1);
        out.add(txid);
      }
    }
    const [first] = coins;
    const early = claimed(first!, w.profile.seed);
    expect(() => devnet.chain.submit(early)).toThrow();
    devnet.chain.mine(first!.claim.sequence);
    for (const coin of coins) devnet.chain.submit(claimed(coin, w.profile.seed));
    devnet.chain.mine(1);
    for (const { output } of coins) {
      const [txid, vout] = output.point.split(':');
      expect(devnet.chain.outspend(txid!, Number(vout))).toBeDefined();
    }
  });

  test('holds no secret', async () => {
    const w = await wallet(30_000n);
    const { text } = await w.wallet.exitFile();
    const keys = deriveWalletKeys(w.profile.seed);
    for (let i = 0; i < 10; i++) expect(text).not.toContain(toHex(keys.vtxoKey(i).secret));
    expect(text).not.toContain(toHex(w.profile.seed));
  });
});

describe('a coin that somebody else brings onto the chain', () => {
  test('is noticed within a few blocks and claimed after its delay; the others stay', async () => {
    const w = await varied();
    const before = await w.wallet.balance();
    await w.wallet.maintain();
    const [coin] = (await w.wallet.coins()).sort((a, b) => b.exitDepth - a.exitDepth);
    devnet.ark.bringOut(coin!.id);
    devnet.chain.mine(6);
    await w.wallet.maintain();
    expect(await w.wallet.exits()).toMatchObject([{ id: coin!.id, status: 'running' }]);
    for (let i = 0; i < 40 && (await w.wallet.pending()).length > 0; i++) {
      devnet.clock.advance(3_600_000);
      devnet.chain.mine(9);
      await w.wallet.sync();
    }
    expect(await w.wallet.exits(true)).toMatchObject([{ id: coin!.id, status: 'claimed' }]);
    const { spendable } = await w.wallet.balance();
    expect(spendable).toBe(before.spendable - coin!.amount);
    expect((await w.wallet.onchainUtxos()).map((u) => u.value < coin!.amount)).toEqual([true]);
  });
});
