// Refreshing coins in a round that the wallet signs while it is made: alone and in company, deaths at every stage, a
// server that proposes something else. Key and nonces live in memory only, so a death abandons the attempt.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { decodeTreeSpec, encodeTreeSpec, type TreeSpec } from '../../src/ark/tree-spec.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import type { RoundEvent } from '../../src/server/gen/bark_server_pb.js';
import { action } from '../../src/store/actions.ts';
import { sats } from '../../src/units.ts';
import { refresh } from '../../src/wallet/actions/refresh/index.ts';
import { depsOf, type WalletPorts } from '../../src/wallet/ports.ts';
import { fund, newWallet, openInstance, type Instance, type InstanceOptions } from './support/wallets.ts';

/** Who is too late for one round comes to the next. */
const SHORT = { roundSubmitMs: 400, roundSignMs: 400 };
let devnet: Devnet;
const opened: Instance[] = [];

async function wallet(funds: bigint, options: InstanceOptions = {}) {
  const instance = await newWallet(devnet, options);
  opened.push(instance);
  await fund(devnet, instance, funds);
  return instance;
}
const ids = async ({ wallet }: Instance) => (await wallet.coins()).map((c) => c.id);

/** The server's calls as `change` makes them. */
const over =
  (change: (server: ArkServer) => Partial<ArkServer>) =>
  (ports: WalletPorts): WalletPorts => ({
    ...ports,
    server: async () => {
      const server = await ports.server();
      return { ...server, ...change(server) };
    },
  });

/** What rounds say reaches the wallet changed, or not at all. */
const hearing = (passes: (news: RoundEvent['event']) => boolean) =>
  over((server) => ({
    async *subscribeRounds(request: object, options?: object): AsyncGenerator<RoundEvent> {
      for await (const message of server.subscribeRounds(request, options))
        if (passes(message.event)) yield message;
    },
  }));

const stepOf = ({ db }: Instance, id: string) =>
  db.read(['actions'], async (tx) => ((await action(tx, id))?.state as { step: string } | undefined)?.step);

/** Waits until the action is in this step (undefined: until it has ended). */
async function comesTo(w: Instance, id: string, step: string | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => void stepOf(w, id).then((now) => (now === step ? resolve() : undefined));
  const stop = w.db.watch(['actions'], look);
  look();
  await promise;
  stop();
}

/** Plays one round after the other until `sitting` is over; ids of those that took somebody. */
async function play(sitting: Promise<unknown>): Promise<string[]> {
  let over = false;
  const done = sitting.finally(() => (over = true));
  const made: string[] = [];
  while (!over) made.push(...[(await devnet.ark.round()) ?? []].flat());
  await done;
  return made;
}

async function finish(w: Instance): Promise<void> {
  devnet.chain.mine(1);
  await w.settle();
}

const attend = async (w: Instance) =>
  (await w.wallet.refresh({ coins: await ids(w), attend: true })).actionId;

beforeAll(async () => {
  devnet = await startDevnet({
    ark: { requiredBoardConfirmations: 1, ...SHORT },
  });
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

describe('a wallet that attends', () => {
  test('gets one younger coin for its old ones, for the fee of the schedule', async () => {
    const w = await wallet(100_000n);
    await fund(devnet, w, 60_000n);
    const before = { balance: await w.wallet.balance(), coins: await ids(w) };
    const fee = await w.wallet.refreshFee({ coins: before.coins });
    devnet.chain.mine(5);
    const id = await attend(w);
    expect(await w.wallet.balance()).toMatchObject({
      spendable: 0n,
      pendingInRound: before.balance.spendable,
    });
    const [txid] = await play(comesTo(w, id, 'issued'));
    await finish(w);
    const [coin, more] = await w.wallet.coins();
    expect(more).toBeUndefined();
    expect(coin).toMatchObject({ kind: 'round', anchorTxid: txid, amount: before.balance.spendable - fee });
    expect(await w.wallet.movement(id)).toMatchObject({ status: 'successful', fee, outputs: [coin?.id] });
  });

  test('shares the round with others, attended and not', async () => {
    const [a, b, c] = [await wallet(50_000n), await wallet(60_000n), await wallet(70_000n)];
    const delegated = (await c.wallet.refresh({ coins: await ids(c) })).actionId;
    await comesTo(c, delegated, 'submitted');
    // The sign-up lasts until both are in, the signing until both have signed.
    Object.assign(devnet.ark.config, { roundSubmitMs: 120_000, roundSignMs: 120_000 });
    const round = devnet.ark.round();
    const [one, two] = [await attend(a), await attend(b)];
    await Promise.all([comesTo(a, one, 'seated'), comesTo(b, two, 'seated')]);
    devnet.ark.closeSignUp();
    const txid = await round;
    Object.assign(devnet.ark.config, SHORT);
    await Promise.all([comesTo(a, one, 'issued'), comesTo(b, two, 'issued')]);
    devnet.chain.mine(1);
    for (const w of [a, b, c]) {
      await w.settle();
      expect(await w.wallet.coins()).toMatchObject([{ anchorTxid: txid, state: 'spendable' }]);
    }
  });

  test('signs up again with fresh nonces when somebody else does not sign', async () => {
    const silent = await wallet(40_000n, {
      wrap: over(() => ({ provideVtxoSignatures: () => Promise.reject(new Error('gone')) })),
    });
    const w = await wallet(50_000n);
    const mute = await attend(silent);
    const id = await attend(w);
    const [before, had] = [devnet.ark.nonces.count, await silent.wallet.balance()];
    const [txid] = await play(comesTo(w, id, 'issued'));
    expect(devnet.ark.nonces.count - before).toBeGreaterThanOrEqual(3 * devnet.ark.config.nbRoundNonces);
    devnet.chain.mine(1);
    await w.settle();
    expect(await w.wallet.coins()).toMatchObject([{ anchorTxid: txid }]);
    // The silent one has its coin: nothing was given up.
    expect(await stepOf(silent, mute)).toBe('cosigned');
    expect(await silent.wallet.balance()).toMatchObject({ total: had.total });
  });

  test('signs once: a step that is run again finds key and nonces gone, and asks what became of the round', async () => {
    const w = await wallet(50_000n);
    Object.assign(devnet.ark.config, { roundSubmitMs: 120_000, roundSignMs: 120_000 });
    const round = devnet.ark.round();
    const id = await attend(w);
    await comesTo(w, id, 'seated');
    const seated = (await w.wallet.rounds()).find((one) => one.id === id)!.state;
    const sent = () =>
      devnet.ark.faults.calls.filter(({ method }) => /SubmitPayment|ProvideVtxoSignatures/.test(method))
        .length;
    const before = sent();
    const again = await refresh.run(depsOf(w.ports, { network: 'regtest' }), id, seated, {});
    expect(again).not.toMatchObject({ state: { step: 'cosigned' } });
    expect(sent()).toBe(before);
    devnet.ark.closeSignUp();
    const txid = await round;
    Object.assign(devnet.ark.config, SHORT);
    await comesTo(w, id, 'issued');
    expect(sent()).toBe(before + 1);
    await finish(w);
    expect(await w.wallet.coins()).toMatchObject([{ anchorTxid: txid }]);
  });

  test('can call it off while no round has begun, and not after', async () => {
    const w = await wallet(30_000n);
    const id = await attend(w);
    await comesTo(w, id, 'attending');
    await w.wallet.cancelRound(id);
    expect(await w.wallet.movement(id)).toMatchObject({ status: 'failed', fee: 0n });
    expect(await w.wallet.coins()).toMatchObject([{ state: 'spendable' }]);
    const again = await attend(w);
    const [txid] = await play(comesTo(w, again, 'issued'));
    await expect(w.wallet.cancelRound(again)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    await finish(w);
    expect(await w.wallet.coins()).toMatchObject([{ anchorTxid: txid }]);
  });
});

describe('a death', () => {
  test('before the sign-up leaves a refresh that another life attends', async () => {
    const w = await newWallet(devnet);
    await fund(devnet, w, 80_000n);
    const id = await attend(w);
    await comesTo(w, id, 'attending');
    await w.close();
    const next = await openInstance(devnet, w.profile);
    opened.push(next);
    await next.wallet.sync();
    expect(await stepOf(next, id)).toBe('attending');
    expect(await next.wallet.attendRounds()).toEqual([id]);
    const [txid] = await play(comesTo(next, id, 'issued'));
    await finish(next);
    expect(await next.wallet.coins()).toMatchObject([{ anchorTxid: txid }]);
  });

  test('after the sign-up abandons the attempt: the coins are free, the round is made without them', async () => {
    const w = await newWallet(devnet, { wrap: hearing((news) => news.case !== 'vtxoProposal') });
    await fund(devnet, w, 80_000n);
    const coins = await ids(w);
    const id = await attend(w);
    expect(await play(comesTo(w, id, 'seated'))).toEqual([]);
    await w.close();
    const next = await openInstance(devnet, w.profile);
    opened.push(next);
    await next.wallet.sync();
    expect(await stepOf(next, id)).toBeUndefined();
    expect(await next.wallet.movement(id)).toMatchObject({ status: 'failed', fee: 0n, effective: 0n });
    expect(await next.wallet.coins()).toMatchObject([{ id: coins[0], state: 'spendable' }]);
  });

  test('after the shares left: the round is found, and the exchange is done', async () => {
    const [arrived, dies] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()];
    const w = await newWallet(devnet, {
      // The shares arrive; whoever sent them hears nothing any more.
      wrap: over((server) => ({
        provideVtxoSignatures: async (request, options) => {
          await server.provideVtxoSignatures(request, options);
          arrived.resolve();
          return dies.promise;
        },
      })),
    });
    await fund(devnet, w, 80_000n);
    const id = await attend(w);
    const [txid] = await play(arrived.promise);
    dies.promise.catch(() => undefined);
    dies.reject(new Error('dead'));
    await w.close();
    devnet.chain.mine(1);
    const next = await openInstance(devnet, w.profile);
    opened.push(next);
    await next.settle();
    expect(await next.wallet.coins()).toMatchObject([{ anchorTxid: txid, state: 'spendable' }]);
    expect(await next.wallet.movement(id)).toMatchObject({ status: 'successful' });
  });

  test('with shares that never arrived: the coins are kept until it is sure, then they are free', async () => {
    const w = await newWallet(devnet, {
      wrap: over(() => ({ provideVtxoSignatures: () => Promise.reject(new Error('dead')) })),
    });
    await fund(devnet, w, 80_000n);
    const id = await attend(w);
    expect(await play(comesTo(w, id, 'cosigned'))).toEqual([]);
    await w.close();
    const next = await openInstance(devnet, w.profile);
    opened.push(next);
    await next.wallet.sync();
    expect(await stepOf(next, id)).toBe('cosigned');
    expect(await next.wallet.balance()).toMatchObject({ spendable: 0n });
    await next.settle();
    expect(await next.wallet.movement(id)).toMatchObject({ status: 'failed' });
    expect(await next.wallet.coins()).toMatchObject([{ state: 'spendable' }]);
  });
});

describe('a server that proposes something else', () => {
  const lies: [string, (spec: TreeSpec) => TreeSpec][] = [
    [
      'a coin of another amount',
      (s) => ({ ...s, leaves: s.leaves.map((l) => ({ ...l, amount: sats(l.amount - 1n) })) }),
    ],
    [
      'a coin under another hash',
      (s) => ({ ...s, leaves: s.leaves.map((l) => ({ ...l, unlockHash: new Uint8Array(32) })) }),
    ],
    ['a short life', (s) => ({ ...s, expiryHeight: s.expiryHeight - 100 })],
    ['a longer exit', (s) => ({ ...s, exitDelta: s.exitDelta + 1 })],
    ['another server', (s) => ({ ...s, serverPubkey: s.globalCosignPubkeys[0] ?? s.serverPubkey })],
    [
      'a leaf that we do not sign',
      (s) => ({ ...s, leaves: s.leaves.map((l) => ({ ...l, cosignPubkey: undefined })) }),
    ],
    ['a tree that the transaction does not fund', (s) => ({ ...s, leaves: [...s.leaves, ...s.leaves] })],
  ];
  test('gets no signature, and the coins stay what they were', async () => {
    let change = (spec: TreeSpec) => spec;
    const w = await wallet(40_000n, {
      wrap: hearing((news) => {
        if (news.case === 'vtxoProposal')
          news.value.vtxosSpec = encodeTreeSpec(change(decodeTreeSpec(nobleCurve, news.value.vtxosSpec)));
        return true;
      }),
    });
    const coins = await ids(w);
    for (const [name, lie] of lies) {
      change = lie;
      const id = await attend(w);
      expect([name, await play(comesTo(w, id, undefined))]).toEqual([name, []]);
      expect([name, await w.wallet.movement(id)]).toMatchObject([name, { status: 'failed', fee: 0n }]);
      expect([name, await w.wallet.coins()]).toMatchObject([name, [{ id: coins[0], state: 'spendable' }]]);
    }
  });

  test('and a finished round that is not the one that was signed is none', async () => {
    const w = await wallet(40_000n, {
      wrap: hearing((news) => {
        if (news.case === 'finished') news.value.vtxoCosignSignatures.pop();
        return true;
      }),
    });
    const coins = await ids(w);
    const id = await attend(w);
    let made: string | undefined;
    while (made === undefined) made = await devnet.ark.round();
    await comesTo(w, id, 'cosigned');
    // What the server says when it is asked again is judged as in any round; the old coin is kept until then.
    expect((await w.wallet.coins()).map((c) => c.id)).toEqual(coins);
    await finish(w);
    expect(await w.wallet.coins()).toMatchObject([{ anchorTxid: made, state: 'spendable' }]);
  });
});
