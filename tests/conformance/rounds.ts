// Rounds and offboards: the published bark and Skiff's cli refresh coins and turn them into bitcoin at the same server.
import { ok, strictEqual } from 'node:assert';

import type { Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import type { Client } from './bark.ts';

interface Vtxo {
  id: string;
  expiry_height: number;
}

const spendable = async (who: Client) => (await who.json<{ spendable_sat: number }>('balance')).spendable_sat;
const coinsOf = (who: Client) => who.json<Vtxo[]>('vtxos');

/** Every coin was swapped for a younger one, and the fee is small. */
async function swapped(who: Client, before: { sum: number; coins: Vtxo[] }): Promise<void> {
  const after = await coinsOf(who);
  strictEqual(after.length, 1, `${who.name}: one coin is left`);
  ok(!before.coins.some((c) => c.id === after[0]?.id), `${who.name}: it is a new one`);
  const oldest = Math.min(...before.coins.map((c) => c.expiry_height));
  ok((after[0]?.expiry_height ?? 0) > oldest, `${who.name}: it lives longer`);
  const fee = before.sum - (await spendable(who));
  ok(fee > 0 && fee < 0.01 * before.sum + 500, `${who.name}: the fee is small, ${fee}`);
}

/** Left to the server: handed in, made, taken up later. */
export async function refreshDelegated(devnet: Devnet, who: Client): Promise<void> {
  const before = { sum: await spendable(who), coins: await coinsOf(who) };
  devnet.chain.mine(10);
  await who.json('refresh', '--all', '--delegated');
  devnet.ark.config.roundSubmitMs = 10;
  ok(await devnet.ark.round(), 'the round took somebody');
  devnet.ark.config.roundSubmitMs = 2000;
  devnet.chain.mine(2);
  await who.text('maintain');
  await swapped(who, before);
}

/** Present while the round is made: the client signs the tree itself. */
export async function refreshAttended(devnet: Devnet, who: Client): Promise<void> {
  const before = { sum: await spendable(who), coins: await coinsOf(who) };
  devnet.chain.mine(10);
  let done = false;
  const refreshed = who.json<{ status: string }>('refresh', '--all').finally(() => (done = true));
  while (!done) {
    await devnet.ark.round();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  ok(['unconfirmed', 'confirmed'].includes((await refreshed).status));
  devnet.chain.mine(2);
  await who.text('maintain');
  await swapped(who, before);
}

const at = (devnet: Devnet, address: string) =>
  devnet.chain.utxos(addressToScript(address, 'regtest')).reduce((sum, u) => sum + Number(u.value), 0);

/** An exact amount to a bitcoin address of the other, then everything to one's own. */
export async function offboard(devnet: Devnet, who: Client, other: Client): Promise<void> {
  const before = await spendable(who);
  const { address } = await other.json<{ address: string }>('onchain', 'address');
  const exact = await who.json<{ offboard_txid: string }>('send-onchain', address, '30000 sats');
  ok(devnet.chain.tx(exact.offboard_txid), 'the transaction is out');
  strictEqual(at(devnet, address), 30_000, 'exactly the amount arrives');
  devnet.chain.mine(3);
  await who.text('maintain');
  const left = await spendable(who);
  const fee = before - 30_000 - left;
  ok(fee > 0 && fee < 3_000, `${who.name} keeps the rest less a fee of ${fee}`);
  const own = await who.json<{ address: string }>('onchain', 'address');
  await who.json('offboard', '--all', '--address', own.address);
  devnet.chain.mine(3);
  await who.text('maintain');
  strictEqual(await spendable(who), 0, `${who.name} has no coin left`);
  ok(at(devnet, own.address) > 0.98 * left - 3_000, `${who.name} has it on the chain`);
}
