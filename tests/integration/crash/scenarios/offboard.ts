// Coins that become bitcoin with the server's help: whole ones, and an exact amount that is cut out first.
import assert from 'node:assert/strict';
import { addressToScript } from '../../../../src/bitcoin/address.ts';
import { sats } from '../../../../src/units.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const paidTo = ({ devnet }: World, address: string): bigint =>
  devnet.chain.utxos(addressToScript(address, 'regtest')).reduce((sum, { value }) => sum + value, 0n);

const offboard = (name: string, amount?: bigint): Scenario<{ address: string }> => ({
  name,
  light: true,
  async prepare({ friend }) {
    const { address } = await (await friend()).wallet.boardAddress();
    return { address };
  },
  async start({ devnet }, { wallet, ports }, { address }) {
    const mine = (await wallet.history()).find((l) => l.sentTo.some((d) => d.value === address));
    const order = amount === undefined ? ({ coins: 'all' } as const) : { amount: sats(amount) };
    const id = mine?.actionId ?? (await wallet.offboard({ address, ...order })).actionId;
    for (let i = 0; i < 40 && (await wallet.pending()).some((one) => one.id === id); i++) {
      ports.now(); // throws when it is dead
      await wallet.resume();
      devnet.chain.mine(1);
      devnet.clock.advance(31_000);
    }
    return id;
  },
  async check(world, { before, after, line, context: { address } }) {
    assert.ok(line);
    assert.equal(after.movements, before.movements + 1);
    const done = line.status === 'successful';
    const sent = line.sentTo[0]?.amount ?? 0n;
    assert.equal(paidTo(world, address), done ? sent : 0n);
    assert.equal(after.ark, done ? before.ark - sent - line.fee : before.ark);
    if (done && amount !== undefined) assert.equal(sent, amount);
    if (done && amount === undefined) assert.equal(after.ark, 0n);
  },
});

export const offboardScenarios = [
  offboard('offboard of everything'),
  offboard('payment from coins to the chain', 70_000n),
] as AnyScenario[];
