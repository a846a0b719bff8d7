// The conformance story in order: each step builds on the state that the ones before it left.
import { deepStrictEqual, ok, strictEqual } from 'node:assert';

import type { Devnet } from '../../devnet/index.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { barkClient, skiffClient, type Client } from './bark.ts';

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

const fieldNames = (value: unknown) => Object.keys(value as object).sort();

/** Scripts written for bark read the same fields from Skiff. */
async function sameFields(a: Client, b: Client): Promise<void> {
  for (const command of [['balance'], ['ark-info'], ['lightning', 'pay', 'status', '00'.repeat(32)]])
    deepStrictEqual(
      fieldNames(await b.json(...command)),
      fieldNames(await a.json(...command)),
      command.join(' '),
    );
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
    ['bark pays a Lightning invoice', () => payInvoice(devnet, bark, 12_000)],
    ['skiff pays a Lightning invoice', () => payInvoice(devnet, skiff, 13_000)],
    ['bark pays offers, and not an inflated invoice', () => payOffer(devnet, bark, 9_000)],
    ['skiff pays offers, and not an inflated invoice', () => payOffer(devnet, skiff, 8_000)],
    ['a failing payment leaves bark with all of its money', () => failingPayment(devnet, bark, 5_000)],
    ['a failing payment leaves skiff with all of its money', () => failingPayment(devnet, skiff, 5_000)],
    ['what skiff received is spent onward to bark', () => sendArk(skiff, bark, 60_000)],
    ['skiff’s cli answers with the fields of bark', () => sameFields(bark, skiff)],
    ['no public nonce was ever seen twice', async () => strictEqual(devnet.ark.nonces.repeats.length, 0)],
  ];
}
