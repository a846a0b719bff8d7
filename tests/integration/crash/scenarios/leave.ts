// A coin that the person lets leave by the chain, from the wish to the claim; and a seed that is restored.
import assert from 'node:assert/strict';
import { isSkiffError } from '../../../../src/errors.ts';
import type { Key } from '../../../../src/store/port.ts';
import { scopeOf, tablesAt } from '../../../../src/store/schema.ts';
import { sats } from '../../../../src/units.ts';
import type { Instance } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

/** Whatever part of it fails, the others go on; the next one makes up for it. */
const syncOnce = ({ wallet }: Instance) =>
  wallet.sync().catch((e: unknown) => {
    if (isSkiffError(e, 'FENCED')) throw e;
  });

const leave: Scenario<{ coin: string; amount: bigint }> = {
  name: 'exit that the person asks for',
  light: true,
  async prepare({ devnet }, victim) {
    devnet.chain.fund(await victim.wallet.onchainAddress(), 30_000n);
    devnet.chain.mine(1);
    await victim.wallet.sync();
    const [coin] = await victim.wallet.coins();
    return { coin: coin!.id, amount: coin!.amount };
  },
  async start({ devnet }, victim, { coin }) {
    const { wallet, ports } = victim;
    if ((await wallet.exits(true)).length === 0) await wallet.startExit([coin]);
    for (let i = 0; i < 40 && (await wallet.pending()).length > 0; i++) {
      ports.now(); // throws when it is dead
      await syncOnce(victim);
      devnet.chain.mine(i < 4 ? 1 : 48);
      devnet.clock.advance(3_600_000);
    }
    return `exit.${coin}`;
  },
  async finish(_world, victim) {
    await syncOnce(victim);
  },
  async check(_world, { before, after, victim, line, context: { coin, amount } }) {
    assert.equal(line?.status, 'successful');
    assert.equal(line.effective, -amount);
    assert.equal(after.movements, before.movements + 1);
    assert.equal(after.ark, before.ark - amount);
    const [exit, ...others] = await victim.wallet.exits(true);
    assert.equal(exit?.id, coin);
    assert.deepEqual([exit.status, others], ['claimed', []]);
    assert.ok(after.onchain > before.onchain + amount - 10_000n, `${before.onchain} → ${after.onchain}`);
    assert.ok(after.onchain < before.onchain + amount, 'nothing came twice');
  },
};

/** Everything but what binds the wallet goes: what is left is a restored seed that has not looked for its coins yet. */
async function forget({ db }: Instance): Promise<void> {
  const tables = Object.entries(tablesAt()).filter(([name]) => name !== 'meta');
  await db.write(scopeOf(tables.map(([name]) => name)), async (tx) => {
    for (const [name, { key }] of tables) {
      for (const row of await tx.query<Record<string, Key>>(name)) await tx.delete(name, row[key]!);
    }
  });
}

const recovery: Scenario<{ total: bigint; ids: string[] }> = {
  name: 'recovery of a seed',
  light: true,
  restored: true,
  ark: { roundSubmitMs: 1, roundSignMs: 1 },
  async prepare({ devnet, friend }, victim) {
    const { wallet } = victim;
    const other = await friend();
    const { address } = await other.wallet.newAddress();
    await wallet.pay(await wallet.inspect(address), { amount: sats(30_000n) });
    await victim.settle();
    const back = await wallet.newAddress();
    await other.wallet.pay(await other.wallet.inspect(back.address), { amount: sats(9_000n) });
    await other.settle();
    await victim.settle();
    // One coin is in a round whose new coin was not fetched yet.
    const [coin] = (await wallet.coins()).sort((a, b) => Number(b.amount - a.amount));
    const { actionId } = await wallet.refresh({ coins: [coin!.id] });
    await wallet.resume();
    const { total } = await wallet.balance();
    const fee = (await wallet.movement(actionId))!.fee;
    await devnet.ark.round();
    devnet.chain.mine(1);
    const ids = (await wallet.coins()).map((c) => c.id).filter((id) => id !== coin!.id);
    await forget(victim);
    return { total: total - fee, ids };
  },
  async start(_world, { wallet }) {
    const report = await wallet.recover();
    assert.ok(report.complete || report.failed.length > 0 || report.partial);
    return undefined;
  },
  async finish({ devnet }, victim) {
    for (let i = 0; i < 5 && !(await victim.wallet.recover()).complete; i++) devnet.clock.advance(61_000);
    for (let i = 0; i < 3; i++) {
      await syncOnce(victim);
      devnet.clock.advance(61_000);
    }
  },
  async check(_world, { after, victim, context: { total, ids } }) {
    assert.equal(after.ark, total);
    const coins = await victim.wallet.coins();
    for (const id of ids)
      assert.ok(
        coins.some((c) => c.id === id),
        `${id} was found`,
      );
    assert.equal(coins.length, ids.length + 1);
  },
};

export const leaveScenarios = [leave, recovery] as AnyScenario[];
