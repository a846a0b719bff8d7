// What reaches somebody who is not there: transfers by the mailbox, a payment that a third party takes in for them, and
// what `watch` tells of it. A cli is offline whenever none of its commands runs.
import { deepStrictEqual, ok, strictEqual } from 'node:assert';

import type { Devnet } from '../../devnet/index.ts';
import type { Client, Watcher } from './bark.ts';

const spendable = async (who: Client, ...args: string[]) =>
  (await who.json<{ spendable_sat: number }>('balance', ...args)).spendable_sat;

interface Movement {
  subsystem: { name: string; kind: string };
  status: string;
  effective_balance_sat: number;
  received_on: { destination: { value: string }; amount_sat: number }[];
}

const arkoorReceives = async (who: Client) =>
  (await who.json<Movement[]>('history')).filter(
    (m) => m.subsystem.name === 'bark.arkoor' && m.subsystem.kind === 'receive',
  );

/** Two transfers to one address while the recipient is away; both are there, once, when it comes back. */
export async function sendWhileAway(from: Client, to: Client): Promise<void> {
  const amounts = [11_000, 345];
  const before = { had: await spendable(to), lines: (await arkoorReceives(to)).length };
  const address = await to.text('address');
  for (const amount of amounts) await from.text('send', address, `${amount} sats`);
  strictEqual(await spendable(to, '--no-sync'), before.had, `${to.name} knows of nothing`);
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  strictEqual((await spendable(to)) - before.had, sum, `${to.name} has what came meanwhile`);
  strictEqual((await spendable(to)) - before.had, sum, `${to.name} has it once`);
  const lines = (await arkoorReceives(to)).slice(before.lines);
  deepStrictEqual(
    lines.map((m) => [m.status, m.effective_balance_sat, m.received_on[0]?.destination.value]),
    amounts.map((amount) => ['successful', amount, address]),
  );
}

/** One takes a Lightning payment in for the other, who is away. */
export async function receiveForAddress(devnet: Devnet, taker: Client, owner: Client): Promise<void> {
  const amount = 14_000;
  const before = { taker: await spendable(taker), owner: await spendable(owner) };
  const address = await owner.text('address');
  const order = ['lightning', 'invoice-for-address', address, `${amount} sats`, '--description', 'for you'];
  const { invoice } = await taker.json<{ invoice: string }>(...order);
  const payment = devnet.lightning.payer.pay(invoice);
  while (devnet.ark.state.receives.get(payment.paymentHash)?.status === 'created')
    await new Promise((resolve) => setTimeout(resolve, 10));
  await taker.text('lightning', 'claim', invoice, '--wait');
  await payment.ended;
  strictEqual(payment.state, 'paid', 'the payer has a receipt');
  const status = await taker.json<{ state: string }>('lightning', 'receive', 'status', payment.paymentHash);
  strictEqual(status.state, 'settled');
  strictEqual(await spendable(taker), before.taker, `${taker.name} keeps nothing of it`);
  const fee = 100 + Math.ceil((amount * 2000) / 1_000_000);
  strictEqual((await spendable(owner)) - before.owner, amount - fee, `${owner.name} has it`);
  const line = (await taker.json<(Movement & { sent_to: { amount_sat: number }[] })[]>('history')).at(-1);
  deepStrictEqual(
    [line?.status, line?.effective_balance_sat, line?.sent_to.map((d) => d.amount_sat)],
    ['successful', 0, [amount - fee]],
  );
}

/** What `watch` says of a transfer that comes in: its type and the names of its fields. */
async function told(from: Client, to: Client): Promise<unknown> {
  const address = await to.text('address');
  const watcher: Watcher = to.watch();
  try {
    await from.text('send', address, '1234 sats');
    const { type, movement } = (await watcher.next(
      (event) => (event as { type?: string }).type === 'movement-created',
    )) as { type: string; movement: Movement };
    strictEqual(movement.effective_balance_sat, 1234);
    strictEqual(movement.received_on[0]?.destination.value, address);
    return [type, Object.keys(movement).sort()];
  } finally {
    await watcher.stop();
  }
}

/** Both tell of money as it comes, with the same fields, and go on working afterwards. */
export async function watchBoth(a: Client, b: Client): Promise<void> {
  const [theirs, ours] = [await told(b, a), await told(a, b)];
  deepStrictEqual(ours, theirs);
  for (const who of [a, b]) ok((await spendable(who)) > 0, `${who.name} goes on`);
}
