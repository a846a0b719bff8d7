// The mempool: conflicts, replacement, fees, dust, TRUC packages with fee anchors.
import { describe, expect, it } from 'vitest';
import type { DevChain } from '../../../../devnet/chain/index.ts';
import { readTx } from '../../../../devnet/chain/tx.ts';
import { ANCHOR, ANYONE, build, coin, keyLock, outputOf, reason, still, type Coin } from './hands.ts';

const to = keyLock(200).script;
const pay = (own: Coin, fee: bigint, script = to, sequence?: number) =>
  build({ inputs: [{ coin: own, sequence }], outputs: [{ value: own.value - fee, script }] });
const txidOf = (raw: Uint8Array) => readTx(raw).txid;

describe('single transactions', () => {
  it('must pay one satoshi per vbyte', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const vsize = BigInt(readTx(pay(own, 100n)).vsize);
    expect(reason(() => chain.submit(pay(own, vsize - 1n)))).toBe(
      `min relay fee not met, ${vsize - 1n} < ${vsize}`,
    );
    expect(reason(() => chain.submit(pay(own, vsize)))).toBe('accepted');
  });
  it('spend what exists, once', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const missing = 'bad-txns-inputs-missingorspent';
    expect(reason(() => chain.submit(pay({ ...own, vout: 7 }, 500n)))).toBe(missing);
    chain.submit(pay(own, 500n));
    chain.mine();
    expect(reason(() => chain.submit(pay(own, 900n)))).toBe(missing);
  });
  it('never make money', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    expect(reason(() => chain.submit(pay(own, -1n)))).toBe('bad-txns-in-belowout');
  });
  it('are taken once: known ones are no error in the mempool, one when confirmed', () => {
    const chain = still();
    const raw = pay(coin(chain, keyLock(1)), 500n);
    expect(chain.submit(raw)).toBe(chain.submit(raw));
    chain.mine();
    expect(reason(() => chain.submit(raw))).toBe('Transaction outputs already in utxo set');
  });
  it('have no dust outputs and no outputs that nodes do not relay', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const outputs = (value: bigint, script: Uint8Array) =>
      build({
        inputs: [{ coin: own }],
        outputs: [
          { value, script },
          { value: 90_000n, script: to },
        ],
      });
    expect(reason(() => chain.submit(outputs(329n, to)))).toMatch(/^dust/);
    expect(reason(() => chain.submit(outputs(5000n, Uint8Array.of(0x51))))).toBe('scriptpubkey');
    expect(reason(() => chain.submit(Uint8Array.of(1, 2, 3)))).toBe('TX decode failed');
  });
  it('spend unconfirmed outputs, and are mined after their parents', () => {
    const chain = still();
    const parent = pay(coin(chain, keyLock(1)), 500n, keyLock(2).script);
    const child = pay(outputOf(parent, 0, keyLock(2)), 500n);
    expect(reason(() => chain.submit(child))).toBe('bad-txns-inputs-missingorspent');
    chain.submit(parent);
    chain.submit(child);
    const [hash] = chain.mine();
    expect(
      chain
        .block(hash as string)
        ?.txs.slice(1)
        .map(({ txid }) => txid),
    ).toEqual([txidOf(parent), txidOf(child)]);
  });
});

describe('replacement', () => {
  it('wants a higher fee rate and the relay of its own bytes paid', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const first = pay(own, 500n);
    chain.submit(first);
    expect(reason(() => chain.submit(pay(own, 500n, keyLock(3).script)))).toMatch(
      /^insufficient fee, rejecting replacement/,
    );
    expect(reason(() => chain.submit(pay(own, 550n, keyLock(3).script)))).toMatch(
      /not enough additional fees/,
    );
    const better = pay(own, 1000n, keyLock(3).script);
    chain.submit(better);
    expect(chain.tx(txidOf(first))).toBeUndefined();
    expect(chain.outspend(own.txid, own.vout)?.txid).toBe(txidOf(better));
  });
  it('takes descendants along and pays for them', () => {
    const chain = still();
    const own = coin(chain, keyLock(1));
    const parent = pay(own, 500n, keyLock(2).script);
    const child = pay(outputOf(parent, 0, keyLock(2)), 5000n);
    chain.submit(parent);
    chain.submit(child);
    expect(reason(() => chain.submit(pay(own, 2000n, keyLock(3).script)))).toMatch(
      /less fees than conflicting/,
    );
    chain.submit(pay(own, 6000n, keyLock(3).script));
    expect(chain.mempool()).toHaveLength(1);
  });
});

/** A v3 transaction without fee that ends with a fee anchor, as every exit transaction does. */
function exitOf(own: Coin, fee = 0n, version = 3): Uint8Array {
  return build({
    version,
    inputs: [{ coin: own, sequence: 0 }],
    outputs: [
      { value: own.value - fee, script: to },
      { value: 0n, script: ANCHOR },
    ],
  });
}

function bump(parent: Uint8Array, own: Coin, fee: bigint, version = 3): Uint8Array {
  return build({
    version,
    inputs: [{ coin: outputOf(parent, 1, ANYONE) }, { coin: own }],
    outputs: [{ value: own.value - fee, script: to }],
  });
}

function exiting(chain: DevChain) {
  const [parent, own] = [exitOf(coin(chain, keyLock(1))), coin(chain, keyLock(2))];
  return { parent, own, child: (fee: bigint) => bump(parent, own, fee) };
}

describe('packages of an exit', () => {
  it('pass together where the parent alone does not', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    expect(reason(() => chain.submit(parent))).toMatch(/^min relay fee not met, 0 </);
    const { message, results } = chain.submitPackage([parent, child(1000n)]);
    expect(message).toBe('success');
    expect(results.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(results[1]?.group?.wtxids).toHaveLength(2);
    chain.mine();
    expect(chain.tx(txidOf(parent))?.block).toBeDefined();
  });
  it('fail together when the child pays too little', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    const { message, results } = chain.submitPackage([parent, child(200n)]);
    expect(message).toBe('transaction failed');
    expect(results[1]?.error).toMatch(/^min relay fee not met, 200 </);
    expect(chain.mempool()).toHaveLength(0);
  });
  it('are bumped by a better child, with the parent known already', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    chain.submitPackage([parent, child(1000n)]);
    const { message, replaced } = chain.submitPackage([parent, child(3000n)]);
    expect(message).toBe('success');
    expect(replaced).toEqual([txidOf(child(1000n))]);
    const worse = chain.submitPackage([parent, child(2000n)]);
    expect(worse.results[1]?.error).toMatch(/^insufficient fee, rejecting replacement/);
  });
  it('let another wallet bump, in the place of the first child', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    const other = coin(chain, keyLock(5));
    chain.submitPackage([parent, child(1000n)]);
    expect(chain.submitPackage([parent, bump(parent, other, 5000n)]).message).toBe('success');
    expect(chain.mempool()).toHaveLength(2);
  });
  it('must spend the anchor', () => {
    const chain = still();
    const { parent } = exiting(chain);
    const child = build({
      version: 3,
      inputs: [{ coin: outputOf(parent, 0, keyLock(200)) }],
      outputs: [{ value: 90_000n, script: to }],
    });
    expect(chain.submitPackage([parent, child]).results[1]?.error).toMatch(/^missing-ephemeral-spends/);
  });
  it('are version 3 on both sides', () => {
    const chain = still();
    const { parent, own } = exiting(chain);
    const { results } = chain.submitPackage([parent, bump(parent, own, 1000n, 2)]);
    expect(results[1]?.error).toMatch(/^TRUC-violation/);
  });
  it('have one unconfirmed parent', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    const bumped = child(1000n);
    chain.submitPackage([parent, bumped]);
    const grandchild = build({
      version: 3,
      inputs: [{ coin: outputOf(bumped, 0, keyLock(200)) }],
      outputs: [{ value: 90_000n, script: to }],
    });
    expect(reason(() => chain.submit(grandchild))).toMatch(/too many ancestors/);
  });
  it('know a parent that is confirmed', () => {
    const chain = still();
    const { parent, child } = exiting(chain);
    chain.submitPackage([parent, child(1000n)]);
    chain.mine();
    const { message, results } = chain.submitPackage([parent, child(1000n)]);
    expect(message).toBe('transaction failed');
    expect(results.map(({ error }) => error)).toEqual(['txn-already-known', 'txn-already-known']);
  });
  it('must be a child and its parents', () => {
    const chain = still();
    const [a, b] = [pay(coin(chain, keyLock(1)), 500n), pay(coin(chain, keyLock(2)), 500n)];
    expect(chain.submitPackage([a, b]).message).toBe('package-not-child-with-unconfirmed-parents');
  });
  it('with a fee on the parent may have no dust', () => {
    const chain = still();
    const parent = exitOf(coin(chain, keyLock(1)), 500n);
    expect(reason(() => chain.submit(parent))).toMatch(/^dust, tx with dust output must be 0-fee/);
  });
});
