// A mailbox full of messages, delivered over streams that break at random: coins (real ones, made by ark-lib), notices of
// every kind, 5 % doubles, 1 % nonsense. Used by the tests (1 000), the conformance run (10 000) and the benchmark.
import assert from 'node:assert/strict';
import { IDBFactory } from 'fake-indexeddb';
import { GARBAGE, type MailboxItem } from '../../../devnet/ark/mailbox-store.ts';
import { STREAM_ENDS } from '../../../devnet/ark/mailbox-mischief.ts';
import { startDevnet } from '../../../devnet/index.ts';
import { parseTx, txid } from '../../../src/ark/tx.ts';
import { txidText } from '../../../src/ark/vtxo-id.ts';
import { decodeVtxo, vtxoId, type Vtxo } from '../../../src/ark/vtxo.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import { keepAnchor } from '../../../src/store/anchors.ts';
import type { KeyRow } from '../../../src/store/rows.ts';
import { createWallet } from '../../../src/wallet/create.ts';
import { bentWallet, checkpointOf, inboxOf, mailboxOf, recoveryIds, spendable } from './mailbox.ts';
import { DEVNET_SEED, nativeCoins, WALLET_SEED } from './native-coins.ts';

export interface BulkReport {
  messages: number;
  coins: number;
  streams: number;
  /** From the first message posted to the last one stored. */
  seconds: number;
  /** CPU of this process meanwhile, the devnet's mailbox included. */
  cpuSeconds: number;
  /** Most memory in use by JavaScript meanwhile, above what it was before, in MB. */
  heapMb: number;
}

interface Coin {
  id: string;
  vtxo: Vtxo;
  bytes: Uint8Array;
}

/** A generator of numbers in [0, 1) that repeats (mulberry32): the same messages in every run. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The messages, and the coins among them. */
function compose(count: number, coins: readonly Coin[], chance: () => number) {
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(chance() * 256));
  const sent: Coin[] = [];
  const coinItem = ({ id, bytes: vtxo }: Coin, double = ''): MailboxItem => ({
    kind: 'arkoor',
    vtxoId: `${id}${double}`,
    vtxo,
  });
  const others: (() => MailboxItem)[] = [
    () => ({ kind: 'incoming-payment', paymentHash: bytes(32), amountMsat: 1_000n }),
    () => ({ kind: 'send-finished', paymentHash: bytes(32), preimage: bytes(32) }),
    () => ({ kind: 'round-completed', unlockHash: bytes(32) }),
    () => ({ kind: 'recovery-ids', vtxoId: `${toHex(bytes(32))}:0`, idBytes: bytes(36) }),
  ];
  const messages = Array.from({ length: count }, (_, i): MailboxItem => {
    const lot = chance();
    if (lot < 0.01) return { kind: 'garbage', form: GARBAGE[i % GARBAGE.length]!, name: `${i}` };
    if (lot < 0.06 && sent.length > 0)
      return coinItem(sent[Math.floor(chance() * sent.length)]!, `double ${i}`);
    if (lot < 0.15) return others[i % others.length]!();
    const coin = coins[sent.length]!;
    sent.push(coin);
    return coinItem(coin);
  });
  return { messages, sent };
}

/** Delivers `count` messages and insists that every coin is there exactly once. */
export async function bulk(count: number, seed = 1): Promise<BulkReport> {
  const chance = chances(seed);
  const native = nativeCoins(count);
  const coins = native.coins.map((bytes): Coin => {
    const vtxo = decodeVtxo(nobleCurve, bytes, 'full');
    return { id: vtxoId(vtxo), vtxo, bytes };
  });
  const { messages, sent } = compose(count, coins, chance);
  const devnet = await startDevnet({ seed: DEVNET_SEED });
  const { mischief, mailboxes, state } = devnet.ark;
  const w = await bentWallet(devnet, { idb: new IDBFactory(), seed: WALLET_SEED });
  try {
    await createWallet(w.ports, { network: 'regtest' });
    await w.db.write(['keys', 'anchors'], async (tx) => {
      for (const [index, { vtxo }] of coins.entries()) {
        if (vtxo.policy.type !== 'pubkey') throw new Error('not a coin to receive');
        const pubkey = toHex(vtxo.policy.userPubkey);
        await tx.put<KeyRow>('keys', { index, pubkey, purpose: 'address', createdAt: 0 });
      }
      for (const raw of native.fundings)
        await keepAnchor(tx, { txid: txidText(txid(parseTx(raw))), raw, height: 1, blockHash: '' });
    });
    for (const coin of coins) state.vtxos.set(coin.id, { ...coin, state: 'spendable' });
    // The chains are the devnet's to check elsewhere; here only the posts to the recovery mailbox count.
    w.bends.server = { registerVtxoTransactions: async () => ({}) as never };

    mischief.breakAfter(
      () => 1 + Math.floor(chance() * 120),
      STREAM_ENDS[Math.floor(chance() * STREAM_ENDS.length)],
    );
    mischief.repeat(seed % 2 === 0);
    const heap = () => process.memoryUsage().heapUsed;
    const [began, cpu, before] = [performance.now(), process.cpuUsage(), heap()];
    let most = before;
    const stop = new AbortController();
    const ended = w.wallet.followMail(stop.signal, (ms, signal) => {
      most = Math.max(most, heap());
      return new Promise((resolve) => {
        if (ms < 600_000) setTimeout(resolve, 1);
        else signal.addEventListener('abort', () => resolve());
      });
    });
    const mailbox = mailboxOf(w);
    const stored = async (wanted: number) => {
      while ((await w.db.read(['coins'], (tx) => tx.count('coins'))) < wanted) {
        most = Math.max(most, heap());
        assert(performance.now() - began < count * 400, 'the coins do not come');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const isNew = new Set(sent.map((c) => c.id));
    let posted = 0;
    for (const message of messages) {
      mailboxes.post(mailbox, [message]);
      if ('vtxoId' in message && isNew.has(message.vtxoId)) posted++;
      // Never far ahead of the wallet, so that the messages come by the streams and not all by one read.
      if (chance() < 0.1) await stored(posted - Math.floor(chance() * 80));
    }
    await stored(sent.length);
    const seconds = (performance.now() - began) / 1000;
    stop.abort();
    await ended;
    while ((await w.wallet.readMail()) === 'more');
    const { user, system } = process.cpuUsage(cpu);

    const ids = sent.map((c) => c.id).sort();
    const rows = await w.wallet.coins(true);
    assert.deepEqual(rows.map((c) => c.id).sort(), ids, 'every coin exactly once');
    assert.equal(
      await spendable(w),
      sent.reduce((sum, c) => sum + c.vtxo.amount, 0n),
      'the balance of the model',
    );
    const history = await w.wallet.history({ limit: count });
    assert.deepEqual(history.flatMap((line) => line.outputs).sort(), ids, 'each coin in one line');
    assert.deepEqual(await inboxOf(w), [], 'nothing is left in the inbox');
    assert.deepEqual(
      mailboxes.read(mailbox, await checkpointOf(w)).messages,
      [],
      'the checkpoint is at the end',
    );
    assert.equal(mischief.streams.most, 1, 'never more than one stream');
    await w.wallet.stop();
    assert.deepEqual(recoveryIds(devnet, w).sort(), ids, 'the recovery mailbox has every id');
    return {
      messages: count,
      coins: sent.length,
      streams: mischief.streams.opened,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      heapMb: (most - before) / 2 ** 20,
    };
  } finally {
    await w.close();
    await devnet.stop();
  }
}

/** One line for people. */
export const bulkLine = (r: BulkReport): string =>
  `${r.messages} messages, ${r.coins} coins over ${r.streams} streams: ${r.seconds.toFixed(1)} s ` +
  `(${r.cpuSeconds.toFixed(1)} s of CPU, devnet included), ${r.heapMb.toFixed(0)} MB more than before`;
