// Leaving by the chain, with the published bark and with Skiff's cli: the same commands, the same fields, one claim.
import { deepStrictEqual, ok, strictEqual } from 'node:assert';

import type { Devnet } from '../../devnet/index.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { Client } from './bark.ts';

const DESTINATION = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

interface Exit {
  vtxo_id: string;
  state: Record<string, unknown> & { type: string; claimable_height?: number };
}
interface Progress {
  exits: Exit[];
  done: boolean;
  claimable_height: number | null;
}

/** Field names of a state, for comparing two clients. */
type Shapes = Map<string, string[]>;

/** A new wallet boards twice and leaves with both coins, to one confirmed claim. Resolves with the states' fields. */
async function exitToClaim(devnet: Devnet, who: Client): Promise<Shapes> {
  const shapes: Shapes = new Map();
  const note = (exits: readonly Exit[]) => {
    for (const { state } of exits) shapes.set(state.type, Object.keys(state).sort());
  };
  await who.text('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl);
  for (let i = 0; i < 2; i++) {
    const { address } = await who.json<{ address: string }>('onchain', 'address');
    devnet.chain.fund(address, 150_000n);
  }
  devnet.chain.mine(1);
  for (const amount of ['50000 sats', '40000 sats']) {
    await who.text('board', amount);
    devnet.chain.mine(6);
    await who.text('maintain');
  }
  const estimate = await who.json<Record<string, number>>('exit', 'estimate-fee', '--all');
  strictEqual(estimate['txs_to_broadcast'], 2, `${who.name}: one transaction for each board`);
  await who.text('exit', 'start', '--all');
  note((await who.json<Progress>('exit', 'progress')).exits);
  devnet.chain.mine(1);
  const waits = await who.json<Progress>('exit', 'progress');
  note(waits.exits);
  deepStrictEqual(
    waits.exits.map((e) => e.state.type),
    ['awaiting-delta', 'awaiting-delta'],
  );
  devnet.chain.mine((waits.claimable_height ?? 0) - devnet.chain.height());
  const ready = await who.json<Progress>('exit', 'progress');
  ok(ready.done, `${who.name}: the coins are outputs on the chain`);
  note(await who.json<Exit[]>('exit', 'list'));
  await who.text('exit', 'claim', DESTINATION, '--all');
  note(await who.json<Exit[]>('exit', 'list'));
  devnet.chain.mine(1);
  await who.text('exit', 'progress');
  const ended = await who.json<Exit[]>('exit', 'list', '--include-finished');
  note(ended);
  const [first, second] = ended.map((e) => e.state);
  strictEqual(first?.type, 'claimed');
  strictEqual(first['txid'], second?.['txid'], `${who.name}: one claim for both`);
  const claim = devnet.chain.tx(String(first['txid']));
  const script = toHex(addressToScript(DESTINATION, 'regtest'));
  ok(
    claim?.block && claim.tx.outputs.every((o) => toHex(o.script) === script),
    `${who.name}: the claim is confirmed and pays the address`,
  );
  return shapes;
}

/** Both leave, and their JSON has the same fields in each state. */
export async function bothExit(devnet: Devnet, bark: Client, skiff: Client): Promise<void> {
  const theirs = await exitToClaim(devnet, bark);
  const ours = await exitToClaim(devnet, skiff);
  deepStrictEqual([...ours].sort(), [...theirs].sort());
}
