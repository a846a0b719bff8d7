// One seed, carried from the published bark to Skiff's cli and back: each finds what the other left, and goes on with it.
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Devnet } from '../../devnet/index.ts';
import { barkClient, skiffClient, type Client } from './bark.ts';

type Step = [string, () => Promise<void>];

interface Worth {
  balance: Record<string, number>;
  onchain: number;
  /** Coins in any order. */
  coins: { id: string; amount_sat: number; expiry_height: number; exit_depth: number | null }[];
}

const sat = (amount: number) => `${amount} sats`;
const spendable = async (who: Client) => (await who.json<{ spendable_sat: number }>('balance')).spendable_sat;
const wordsOf = ({ datadir }: Client) => readFileSync(join(datadir, 'mnemonic'), 'utf8').trim();

const creation = (devnet: Devnet) => [
  'create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl,
]; // prettier-ignore

async function worth(who: Client): Promise<Worth> {
  const balance = await who.json<Record<string, number>>('balance');
  const { total_sat: onchain } = await who.json<{ total_sat: number }>('onchain', 'balance');
  const coins = await who.json<Worth['coins']>('vtxos');
  const facts = coins.map(({ id, amount_sat, expiry_height, exit_depth }) => ({
    id,
    amount_sat,
    expiry_height,
    exit_depth,
  }));
  return { balance, onchain, coins: facts.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** The words of `from` in a new wallet of `to`: the same coins, the same balances. */
async function move(devnet: Devnet, from: Client, to: Client): Promise<void> {
  const before = await worth(from);
  ok(before.coins.length > 0 && (before.balance['spendable_sat'] ?? 0) > 0, `${from.name} has coins`);
  await to.text(...creation(devnet), '--mnemonic', wordsOf(from));
  deepStrictEqual(await worth(to), before, `${to.name} finds what ${from.name} has`);
}

async function board(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const { address } = await who.json<{ address: string }>('onchain', 'address');
  devnet.chain.fund(address, BigInt(amount) + 60_000n);
  devnet.chain.mine(1);
  await who.text('board', sat(amount));
  devnet.chain.mine(6);
  await who.text('maintain');
}

async function pay(from: Client, to: Client, amount: number): Promise<void> {
  const before = await spendable(to);
  await from.text('send', await to.text('address'), sat(amount));
  strictEqual((await spendable(to)) - before, amount, `${to.name} received`);
}

async function payInvoice(devnet: Devnet, who: Client, amount: number): Promise<void> {
  const invoice = devnet.lightning.createInvoice({ amountMsat: BigInt(amount) * 1000n, memo: 'on the way' });
  await who.text('lightning', 'pay', 'invoice', invoice.bolt11, '--wait');
  strictEqual(invoice.state, 'settled');
}

async function refresh(devnet: Devnet, who: Client): Promise<void> {
  await who.json('refresh', '--all', '--delegated');
  ok(await devnet.ark.round(), 'the round took somebody');
  devnet.chain.mine(2);
  await who.text('maintain');
}

/** Both say the same of the same seed and the same coin. */
async function sameWords(a: Client, b: Client): Promise<void> {
  deepStrictEqual(await b.json('debug-info'), await a.json('debug-info'), 'debug-info');
  for (const index of ['0', '1'])
    strictEqual(await b.text('address', '--index', index), await a.text('address', '--index', index));
  for (const who of [a, b]) await who.refused('address', '--index', '100000');
  const [coin] = await a.json<{ id: string }[]>('vtxos');
  const raw = await a.text('raw-vtxo', coin?.id ?? '');
  strictEqual(await b.text('raw-vtxo', coin?.id ?? ''), raw, 'raw-vtxo');
  deepStrictEqual(
    await b.json('dev', 'vtxo', 'decode', raw),
    await a.json('dev', 'vtxo', 'decode', raw),
    'dev vtxo decode',
  );
  for (const [signer, reader] of [
    [a, b],
    [b, a],
  ] as const) {
    const address = await signer.text('address', '--index', '0');
    const { signature } = await signer.json<{ signature: string }>('message', 'sign', 'ahoy ⛵', address);
    const verify = ['message', 'verify', 'ahoy ⛵', signature, '--address', address];
    deepStrictEqual(await reader.json(...verify), { valid: true });
    await reader.refused('message', 'verify', 'ahoy', signature, '--address', address);
  }
  const uris = await Promise.all([a, b].map((who) => who.text('bip321', '--all', '--amount', sat(5_000))));
  const [theirs, ours] = uris.map((uri) =>
    [...new URLSearchParams(uri.slice(uri.indexOf('?'))).keys()].sort(),
  );
  deepStrictEqual(ours, theirs, 'bip321');
}

/** Every step with its name; they share the seed and run in this order. */
export function moves(devnet: Devnet, binary: string): Step[] {
  const first = barkClient(binary, 'bark');
  const second = skiffClient('skiff');
  const third = barkClient(binary, 'bark, the second time');
  const fourth = skiffClient('skiff, the second time');
  const friend = skiffClient('a friend');
  return [
    [
      'a bark wallet of every kind of coin: boarded, received, change, out of a round',
      async () => {
        await friend.text(...creation(devnet));
        await first.text(...creation(devnet));
        await board(devnet, friend, 200_000);
        await board(devnet, first, 150_000);
        await refresh(devnet, first);
        await board(devnet, first, 90_000);
        await pay(friend, first, 33_000);
        await payInvoice(devnet, first, 12_000);
        await pay(first, friend, 4_400);
      },
    ],
    ['skiff restores it from the twelve words, balances equal', () => move(devnet, first, second)],
    ['bark and skiff say the same of one seed', () => sameWords(first, second)],
    [
      'skiff goes on with it: pays, is paid, boards, refreshes',
      async () => {
        await pay(second, friend, 21_000);
        await pay(friend, second, 17_500);
        await payInvoice(devnet, second, 9_000);
        await refresh(devnet, second);
        await board(devnet, second, 40_000);
        await pay(friend, second, 3_000);
        await pay(second, friend, 1_500);
      },
    ],
    ['bark restores it from the twelve words, balances equal', () => move(devnet, second, third)],
    [
      'bark spends what skiff left',
      async () => {
        await pay(third, friend, 60_000);
        await payInvoice(devnet, third, 7_000);
      },
    ],
    ['and back to skiff once more, balances equal', () => move(devnet, third, fourth)],
    [
      'skiff turns all of it into bitcoin',
      async () => {
        await fourth.json('offboard', '--all');
        devnet.chain.mine(3);
        await fourth.text('maintain');
        strictEqual(await spendable(fourth), 0);
      },
    ],
  ];
}
