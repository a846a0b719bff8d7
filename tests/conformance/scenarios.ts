// The conformance story in order: each step builds on the state that the ones before it left.
import { deepStrictEqual, ok, strictEqual } from 'node:assert';

import type { Devnet } from '../../devnet/index.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { barkClient, skiffClient, type Client } from './bark.ts';
import { bothExit } from './exits.ts';
import { moves } from './moves.ts';
import { receiveForAddress, sendWhileAway, watchBoth } from './offline.ts';
import { offboard, refreshAttended, refreshDelegated } from './rounds.ts';

interface Balance {
  spendable_sat: number;
  pending_board_sat: number;
}

const sat = (amount: number) => `${amount} sats`;

async function createAndBoard(devnet: Devnet, who: Client, amount: number): Promise<void> {
  await who.text('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl);
  const { address } = await who.json<{ address: string }>('onchain', 'address');
  devnet.chain.fund(address, BigInt(amount) + 100_000n);
  devnet.chain.mine(1);
  const board = await who.json<{ vtxos: unknown[] }>('board', sat(amount));
  ok(board, 'the board is reported');
  devnet.chain.mine(6);
  const after = await who.json<Balance>('balance');
  strictEqual(after.pending_board_sat, 0, `${who.name}: nothing left to board`);
  ok(
    after.spendable_sat > 0.99 * amount - 400,
    `${who.name}: the coin is spendable, got ${after.spendable_sat}`,
  );
}

const spendable = async (who: Client) => (await who.json<Balance>('balance')).spendable_sat;

/** Sends Ark coins and insists that exactly the amount arrives and exactly the amount leaves. */
async function sendArk(from: Client, to: Client, amount: number): Promise<void> {
  const [fromBefore, toBefore] = [await spendable(from), await spendable(to)];
  const address = await to.text('address');
  await from.text('send', address, sat(amount));
  strictEqual((await spendable(to)) - toBefore, amount, `${to.name} received`);
  strictEqual(fromBefore - (await spendable(from)), amount, `${from.name} paid, without fee`);
}

async function payInvoice(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const before = await spendable(who);
  const invoice = devnet.lightning.createInvoice({ amountMsat: BigInt(amount) * 1000n, memo: 'conformance' });
  await who.text('lightning', 'pay', 'invoice', invoice.bolt11, '--wait');
  strictEqual(invoice.state, 'settled', 'the Lightning node was paid');
  const preimage = toHex(invoice.preimage);
  const status = await who.json<{ state: string; preimage?: string }>(
    'lightning',
    'pay',
    'status',
    invoice.paymentHash,
  );
  deepStrictEqual([status.state, status.preimage], ['paid', preimage], `${who.name} knows the preimage`);
  const paid = before - (await spendable(who));
  ok(paid >= amount && paid < amount + 2_000, `${who.name} paid ${amount} and a fee, ${paid} in all`);
}

/** Offers are paid through FetchBolt12Invoice, and an invoice over more than was agreed to is not paid. */
async function payOffer(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const before = await spendable(who);
  const priced = devnet.lightning.createOffer({ amountMsat: BigInt(amount) * 1000n, hidden: true });
  await who.text('send', priced.text, '--wait');
  const open = devnet.lightning.createOffer({ node: 'bob' });
  await who.text('lightning', 'pay', 'invoice', open.text, sat(amount), '--wait');
  const settled = devnet.lightning.invoices.slice(-2);
  deepStrictEqual(
    settled.map((i) => [i.state, i.receivedMsat]),
    [1, 2].map(() => ['settled', BigInt(amount) * 1000n]),
    'both issuers got the amount',
  );
  const paid = before - (await spendable(who));
  ok(
    paid >= 2 * amount && paid < 2 * amount + 4_000,
    `${who.name} paid twice ${amount} and fees, ${paid} in all`,
  );

  const { text } = devnet.lightning.createOffer({ amountMsat: BigInt(amount) * 1000n, lie: 'inflated' });
  await who.refused('send', text, '--wait');
  strictEqual(before - (await spendable(who)), paid, `${who.name} paid nothing for an inflated invoice`);
  const history =
    await who.json<{ sent_to: { destination: { type: string; value: string } }[] }[]>('history');
  const methods = history.flatMap((m) => m.sent_to).map((s) => s.destination);
  ok(
    [priced, open].every((o) => methods.some((d) => d.type === 'offer' && d.value === o.text)),
    `${who.name} remembers the offers`,
  );
}

async function failingPayment(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const before = await spendable(who);
  const invoice = devnet.lightning.createInvoice({ amountMsat: BigInt(amount) * 1000n, memo: 'fails' });
  devnet.lightning.failNext('NO_ROUTE');
  await who.text('lightning', 'pay', 'invoice', invoice.bolt11, '--wait').catch(() => undefined);
  await who.text('maintain');
  strictEqual(await spendable(who), before, `${who.name} has all of its money back`);
}

interface Receive {
  payment_hash: string;
  state: string;
  invoice: string;
  amount_sat: number;
}

/** Somebody out in the Lightning network pays an invoice of `who`. */
async function receiveFromOutside(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const before = await spendable(who);
  const { invoice } = await who.json<{ invoice: string }>(
    'lightning',
    'invoice',
    sat(amount),
    '--description',
    'tea & cake',
  );
  const [listed] = await who.json<Receive[]>('lightning', 'invoices');
  deepStrictEqual(
    [listed?.invoice, listed?.amount_sat, listed?.state],
    [invoice, amount, 'awaiting-payment'],
  );
  const payment = devnet.lightning.payer.pay(invoice);
  while (devnet.ark.state.receives.get(payment.paymentHash)?.status === 'created')
    await new Promise((resolve) => setTimeout(resolve, 10));
  await who.text('lightning', 'claim', invoice, '--wait');
  await payment.ended;
  strictEqual(payment.state, 'paid', 'the payer has a receipt');
  const status = await who.json<Receive & { payment_preimage: string }>(
    'lightning',
    'receive',
    'status',
    payment.paymentHash,
  );
  deepStrictEqual([status.state, status.payment_preimage], ['settled', payment.preimage]);
  const fee = 100 + Math.ceil((amount * 2000) / 1_000_000);
  strictEqual((await spendable(who)) - before, amount - fee, `${who.name} received the amount less the fee`);
  deepStrictEqual(await who.json('lightning', 'invoices'), []);
}

/** One pays an invoice of the other; both have the same server, so nothing goes over the network. */
async function payInside(devnet: Devnet, payer: Client, payee: Client, amount: number): Promise<void> {
  const [had, owned] = [await spendable(payee), await spendable(payer)];
  const { invoice } = await payee.json<{ invoice: string }>('lightning', 'invoice', sat(amount));
  await payer.text('lightning', 'pay', 'invoice', invoice);
  await payee.text('lightning', 'claim', invoice, '--wait');
  await payer.text('maintain');
  const received = await payee.json<{ payment_hash: string; payment_preimage: string }>(
    'lightning',
    'receive',
    'status',
    invoice,
  );
  const paid = await payer.json<{ state: string; preimage: string }>(
    'lightning',
    'pay',
    'status',
    received.payment_hash,
  );
  deepStrictEqual([paid.state, paid.preimage], ['paid', received.payment_preimage]);
  const fee = 100 + Math.ceil((amount * 2000) / 1_000_000);
  strictEqual((await spendable(payee)) - had, amount - fee, `${payee.name} received`);
  const cost = owned - (await spendable(payer));
  ok(cost >= amount && cost < amount + 2_000, `${payer.name} paid ${amount} and a fee, ${cost} in all`);
  strictEqual(
    devnet.lightning.payer.payments.some((p) => p.invoice === invoice),
    false,
    'the network was not asked',
  );
}

/** An invoice that was called off is nobody's any more. */
async function callOff(devnet: Devnet, who: Client): Promise<void> {
  const { invoice } = await who.json<{ invoice: string }>('lightning', 'invoice', sat(4_000));
  await who.text('lightning', 'receive', 'cancel', invoice);
  deepStrictEqual(await who.json('lightning', 'invoices'), []);
  await who.refused('lightning', 'receive', 'status', invoice);
  const payment = devnet.lightning.payer.pay(invoice);
  await payment.ended;
  strictEqual(payment.state, 'failed', 'the payer keeps the money');
}

const fieldNames = (value: unknown) => Object.keys(value as object).sort();

/** Scripts written for bark read the same fields from Skiff. */
async function sameFields(a: Client, b: Client): Promise<void> {
  for (const command of [['balance'], ['ark-info'], ['lightning', 'pay', 'status', '00'.repeat(32)]])
    deepStrictEqual(
      fieldNames(await b.json(...command)),
      fieldNames(await a.json(...command)),
      command.join(' '),
    );
  const receives: unknown[] = [];
  for (const who of [a, b]) {
    const { invoice } = await who.json<{ invoice: string }>('lightning', 'invoice', sat(2_000));
    receives.push(fieldNames(await who.json('lightning', 'receive', 'status', invoice)));
  }
  deepStrictEqual(receives[1], receives[0], 'lightning receive status');
  for (const command of ['vtxos', 'history']) {
    const [ours, theirs] = [await b.json<unknown[]>(command), await a.json<unknown[]>(command)];
    ok(ours.length > 0 && theirs.length > 0, `${command} has rows`);
    deepStrictEqual(fieldNames(ours[0]), fieldNames(theirs[0]), command);
  }
}

/** Every step with its name; they share the two wallets and run in this order. */
export function scenarios(devnet: Devnet, binary: string): [string, () => Promise<void>][] {
  const bark = barkClient(binary, 'bark');
  const skiff = skiffClient('skiff');
  return [
    ['bark creates a wallet and boards', () => createAndBoard(devnet, bark, 500_000)],
    ['skiff creates a wallet and boards', () => createAndBoard(devnet, skiff, 400_000)],
    ['bark sends to skiff', () => sendArk(bark, skiff, 50_000)],
    ['skiff sends to bark', () => sendArk(skiff, bark, 21_300)],
    ['bark sends dust to skiff', () => sendArk(bark, skiff, 200)],
    ['bark sends while skiff is offline', () => sendWhileAway(bark, skiff)],
    ['skiff sends while bark is offline', () => sendWhileAway(skiff, bark)],
    ['bark pays a Lightning invoice', () => payInvoice(devnet, bark, 12_000)],
    ['skiff pays a Lightning invoice', () => payInvoice(devnet, skiff, 13_000)],
    ['bark pays offers, and not an inflated invoice', () => payOffer(devnet, bark, 9_000)],
    ['skiff pays offers, and not an inflated invoice', () => payOffer(devnet, skiff, 8_000)],
    ['a failing payment leaves bark with all of its money', () => failingPayment(devnet, bark, 5_000)],
    ['a failing payment leaves skiff with all of its money', () => failingPayment(devnet, skiff, 5_000)],
    ['bark receives over Lightning', () => receiveFromOutside(devnet, bark, 15_000)],
    ['skiff receives over Lightning', () => receiveFromOutside(devnet, skiff, 16_500)],
    ['bark pays an invoice of skiff, inside the server', () => payInside(devnet, bark, skiff, 7_300)],
    ['skiff pays an invoice of bark, inside the server', () => payInside(devnet, skiff, bark, 6_100)],
    ['bark takes a Lightning payment in for skiff', () => receiveForAddress(devnet, bark, skiff)],
    ['skiff takes a Lightning payment in for bark', () => receiveForAddress(devnet, skiff, bark)],
    ['both tell of what comes while they watch, with the same fields', () => watchBoth(bark, skiff)],
    ['bark calls an invoice off', () => callOff(devnet, bark)],
    ['skiff calls an invoice off', () => callOff(devnet, skiff)],
    ['what skiff received is spent onward to bark', () => sendArk(skiff, bark, 60_000)],
    ['skiff’s cli answers with the fields of bark', () => sameFields(bark, skiff)],
    ['bark refreshes, left to the server', () => refreshDelegated(devnet, bark)],
    ['skiff refreshes, left to the server', () => refreshDelegated(devnet, skiff)],
    ['bark refreshes in an interactive round', () => refreshAttended(devnet, bark)],
    ['skiff refreshes in an interactive round', () => refreshAttended(devnet, skiff)],
    ['bark pays a bitcoin address and offboards the rest', () => offboard(devnet, bark, skiff)],
    ['skiff pays a bitcoin address and offboards the rest', () => offboard(devnet, skiff, bark)],
    [
      'bark and skiff leave by the chain, to one confirmed claim, with the same fields',
      () => bothExit(devnet, barkClient(binary, 'bark'), skiffClient('skiff')),
    ],
    ...moves(devnet, binary),
    ['no public nonce was ever seen twice', async () => strictEqual(devnet.ark.nonces.repeats.length, 0)],
  ];
}
