// Boards, transfers to and from Ark addresses, a payment on the chain.
import assert from 'node:assert/strict';
import type { MovementRow } from '../../../../src/store/rows.ts';
import { isSkiffError } from '../../../../src/errors.ts';
import { sats } from '../../../../src/units.ts';
import type { Wallet } from '../../../../src/wallet/wallet.ts';
import type { Instance } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

const boarded = (history: readonly MovementRow[], seen: ReadonlySet<string>) =>
  history.find(({ actionId }) => actionId?.startsWith('board.') && !seen.has(actionId))?.actionId;

const idsOf = async ({ wallet }: Instance) =>
  new Set((await wallet.history()).map(({ actionId }) => actionId ?? ''));

const board: Scenario<{ seen: Set<string> }> = {
  name: 'board',
  async prepare({ devnet }, victim) {
    devnet.chain.fund(await victim.wallet.onchainAddress(), 100_000n);
    devnet.chain.mine(1);
    await victim.settle();
    return { seen: await idsOf(victim) };
  },
  async start(_world, { wallet }, { seen }) {
    return boarded(await wallet.history(), seen) ?? (await wallet.board(sats(50_000n))).actionId;
  },
  async check(_world, { before, after, line }) {
    assert.ok(line);
    const done = line.status === 'successful';
    const minerFee = BigInt(line.metadata['onchain_fee_sat'] as number);
    assert.equal(after.ark, done ? before.ark + 50_000n - line.fee : before.ark);
    assert.equal(after.onchain, done ? before.onchain - 50_000n - minerFee : before.onchain);
    assert.equal(after.movements, before.movements + 1);
  },
};

const autoBoard: Scenario<{ seen: Set<string> }> = {
  name: 'board of what arrives',
  async prepare({ devnet }, victim) {
    const { address } = await victim.wallet.boardAddress();
    devnet.chain.fund(address, 60_000n);
    devnet.chain.mine(1);
    return { seen: await idsOf(victim) };
  },
  async start({ devnet }, { wallet }, { seen }) {
    for (;;) {
      await syncOnce(wallet);
      const id = boarded(await wallet.history(), seen);
      if (id !== undefined) return id;
      // After a refusal the wallet lets some time go by.
      devnet.clock.advance(11 * 60_000);
    }
  },
  async check(_world, { before, after, victim, context: { seen } }) {
    const lines = (await victim.wallet.history()).filter(
      ({ actionId }) => actionId?.startsWith('board.') && !seen.has(actionId),
    );
    // A board that the server refuses keeps its line, and is begun anew after a while.
    const done = lines.filter((l) => l.status === 'successful');
    assert.ok(done.length <= 1, 'what arrives is boarded once');
    assert.ok(lines.every((l) => l.status === 'failed' || done.includes(l)));
    assert.equal(after.movements, before.movements + lines.length);
    const minerFee = (l: MovementRow) => BigInt(l.metadata['onchain_fee_sat'] as number);
    assert.equal(
      after.ark,
      done.reduce((sum, l) => sum + 60_000n - minerFee(l) - l.fee, before.ark),
    );
    // What has not been boarded is still there.
    assert.ok(done.length === 1 || after.onchain >= before.onchain, 'nothing went elsewhere');
  },
};

/** Whatever part of it fails, the others go on; the next one makes up for it. */
const syncOnce = (wallet: Wallet) =>
  wallet.sync().catch((e: unknown) => {
    if (isSkiffError(e, 'FENCED')) throw e;
  });

interface Transfer {
  address: string;
  amount: bigint;
  had: bigint;
}

const transfer = (
  name: string,
  amountOf: (victim: Instance) => bigint | Promise<bigint>,
): Scenario<Transfer> => ({
  name,
  async prepare(world, victim) {
    const friend = await world.friend();
    const { address } = await friend.wallet.newAddress();
    return { address, amount: await amountOf(victim), had: (await friend.wallet.balance()).total };
  },
  async start(_world, { wallet }, { address, amount }) {
    const mine = (await wallet.history()).find((l) => l.sentTo.some((d) => d.value === address));
    return (
      mine?.actionId ?? (await wallet.pay(await wallet.inspect(address), { amount: sats(amount) })).actionId
    );
  },
  async check(world, { before, after, line, context }) {
    assert.ok(line);
    const moved = line.status === 'successful' ? context.amount : 0n;
    assert.equal(after.ark, before.ark - moved);
    assert.equal(after.movements, before.movements + 1);
    const friend = await world.friend();
    await friend.wallet.sync();
    assert.equal((await friend.wallet.balance()).total, context.had + moved);
  },
});

const arkoorSend = transfer('transfer', () => 7_000n);
const arkoorSendAll = transfer(
  'transfer of everything',
  async ({ wallet }) => (await wallet.balance()).total,
);

const arkoorReceive: Scenario<undefined> = {
  name: 'transfer that arrives',
  async prepare(world, victim) {
    const payer = await world.friend();
    const { address } = await victim.wallet.newAddress();
    for (const amount of [4_000n, 500n]) {
      await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(amount) });
      await payer.settle();
    }
    return undefined;
  },
  async start(_world, { wallet }) {
    await syncOnce(wallet);
    return undefined;
  },
  async check(_world, { before, after, victim }) {
    assert.equal(after.ark, before.ark + 4_500n);
    assert.equal(after.movements, before.movements + 2);
    const inbox = await victim.db.read(['inbox'], (tx) => tx.count('inbox'));
    assert.equal(inbox, 0);
  },
};

const onchainSend: Scenario<{ address: string }> = {
  name: 'payment on the chain',
  async prepare({ devnet, friend }, victim) {
    devnet.chain.fund(await victim.wallet.onchainAddress(), 100_000n);
    devnet.chain.mine(1);
    await victim.settle();
    const { address } = await (await friend()).wallet.boardAddress();
    return { address };
  },
  async start(_world, { wallet }, { address }) {
    const mine = (await wallet.history()).find((l) => l.sentTo.some((d) => d.value === address));
    return mine?.actionId ?? (await wallet.sendOnchain(address, sats(20_000n))).actionId;
  },
  async check({ devnet }, { before, after, line, victim }) {
    devnet.chain.mine(1);
    await victim.wallet.sync();
    assert.ok(line);
    assert.equal(line.status, 'successful');
    const minerFee = BigInt(line.metadata['onchain_fee_sat'] as number);
    assert.equal(after.onchain, before.onchain - 20_000n - minerFee);
    assert.equal(after.movements, before.movements + 1);
    const txid = line.metadata['txid'] as string;
    assert.ok(devnet.chain.tx(txid)?.block, 'the payment is in a block');
  },
};

export const arkScenarios = [
  board,
  autoBoard,
  arkoorSend,
  arkoorSendAll,
  arkoorReceive,
  onchainSend,
] as AnyScenario[];
