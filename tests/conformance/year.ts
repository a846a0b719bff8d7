// A year in minutes: 144 blocks a day, the browser open for one hour of it, receipts and payments at random. No coin
// expires, no satoshi is missing, and what it cost is told. The short form (a few weeks of shorter-lived coins) is an
// integration test.
import assert from 'node:assert/strict';
import type { ArkConfig } from '../../devnet/ark/config.ts';
import { devChainSource } from '../../devnet/chain/source.ts';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { sats } from '../../src/units.ts';
import { checkInvariants } from '../integration/crash/world.ts';
import { rememberingCurve } from '../integration/support/remembering-curve.ts';
import {
  fund,
  newWallet,
  openInstance,
  type Instance,
  type InstanceOptions,
  type Profile,
} from '../integration/support/wallets.ts';

const DAY = 144;
/** Blocks of the hour in which the browser is open. */
const OPEN = 6;
const BLOCK_MS = 600_000;

export interface Span {
  days: number;
  /** Blocks that a coin lives. */
  lifetime: number;
  /** Blocks before its end at which a coin is renewed. */
  threshold: number;
  /** Of the random numbers. */
  seed: number;
}

export interface Story {
  blocks: number;
  receipts: number;
  payments: number;
  renewals: number;
  /** By kind of the history's lines, satoshi. */
  fees: Map<string, bigint>;
  total: bigint;
  /** The coin that came nearest to its end, in blocks, while it was not in a round that was made. */
  closest: number;
  /** Too little for a coin of its own, and let go because its renewal would cost more: satoshi by coin. */
  dust: Map<string, bigint>;
}

/** Small, repeatable (mulberry32). @returns numbers from 0 up to 1 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Person {
  profile: Profile;
  open(): Promise<Instance>;
}

const person = (devnet: Devnet, profile: Profile, options: InstanceOptions): Person => ({
  profile,
  open: () => openInstance(devnet, profile, options),
});

/** Waits for what a payment that was started comes to. */
async function paid(w: Instance, actionId: string): Promise<boolean> {
  const { status } = await w.wallet.outcome(actionId, AbortSignal.timeout(60_000));
  return status === 'paid';
}

/** Whoever pays and is paid; new bitcoin boards by itself in the course of the day. */
async function friendsDay(devnet: Devnet, friend: Instance): Promise<void> {
  await friend.wallet.maintain();
  if ((await friend.wallet.balance()).total > 1_000_000n) return;
  devnet.chain.fund((await friend.wallet.boardAddress()).address, 1_000_000n);
}
const canPay = async ({ wallet }: Instance) => (await wallet.balance()).spendable > 80_000n;

/** @throws AssertionError when a coin expires or the books do not agree */
export async function live({ days, lifetime, threshold, seed }: Span): Promise<Story> {
  const curve = rememberingCurve(nobleCurve);
  const ark: Partial<ArkConfig> = { vtxoLifetime: lifetime, roundSubmitMs: 1, roundSignMs: 1 };
  const devnet = await startDevnet({ curve, ark });
  const options: InstanceOptions = {
    curve,
    chain: devChainSource(devnet.chain),
    config: { refreshThreshold: threshold },
  };
  const random = randomFrom(seed);
  const amount = (least: number, most: number) => sats(BigInt(least + Math.floor(random() * (most - least))));
  const story: Story = {
    blocks: 0,
    receipts: 0,
    payments: 0,
    renewals: 0,
    fees: new Map(),
    total: 0n,
    closest: lifetime,
    dust: new Map(),
  };
  const [me, other] = [await newWallet(devnet, options), await newWallet(devnet, options)];
  const [mine, friends] = [person(devnet, me.profile, options), person(devnet, other.profile, options)];
  await fund(devnet, me, 300_000n);
  await fund(devnet, other, 2_000_000n);
  for (const one of [me, other]) await one.close();

  /** Blocks pass, and the server makes its rounds. */
  async function pass(blocks: number): Promise<void> {
    for (let left = blocks; left > 0; left -= 24) {
      const now = Math.min(24, left);
      devnet.chain.mine(now);
      devnet.clock.advance(now * BLOCK_MS);
      story.blocks += now;
      await devnet.ark.round();
    }
  }
  /** No coin of ours has come to its end, but for those whose round is made. */
  async function noneExpired(w: Instance): Promise<void> {
    const safe = new Set(
      [...devnet.ark.state.participations.values()].flatMap((p) => (p.issued ? p.inputs : [])),
    );
    for (const coin of await w.wallet.coins()) {
      if (safe.has(coin.id)) continue;
      const left = coin.expiryHeight - devnet.chain.height();
      if (left <= 0 && coin.amount < 330n) story.dust.set(coin.id, coin.amount);
      if (coin.amount < 330n) continue;
      assert.ok(left > 0, `a coin of ${coin.amount} sat expired, ${coin.kind}, day ${story.blocks / DAY}`);
      story.closest = Math.min(story.closest, left);
    }
  }
  const events: (() => (w: Instance, friend: Instance) => Promise<void>)[] = [
    // Money comes, to an address that was given away.
    () => async (w, friend) => {
      if (!(await canPay(friend))) return;
      const { address } = await w.wallet.newAddress();
      const order = { amount: amount(2_000, 60_000) };
      const { actionId } = await friend.wallet.pay(await friend.wallet.inspect(address), order);
      if (await paid(friend, actionId)) story.receipts++;
    },
    // Money goes, to a friend's address or over Lightning.
    () => async (w, friend) => {
      const { address } = await friend.wallet.newAddress();
      const { actionId } = await w.wallet.pay(await w.wallet.inspect(address), {
        amount: amount(1_000, 30_000),
      });
      if (await paid(w, actionId)) story.payments++;
    },
    () => async (w) => {
      const amountMsat = amount(1_000, 30_000) * 1000n;
      const { bolt11 } = devnet.lightning.createInvoice({ amountMsat, expirySeconds: 1_000_000 });
      const { actionId } = await w.wallet.pay(await w.wallet.inspect(bolt11));
      if (await paid(w, actionId)) story.payments++;
    },
  ];

  async function today(w: Instance, friend: Instance): Promise<void> {
    await w.wallet.maintain();
    await friendsDay(devnet, friend);
    for (const chance of [0.7, 0.35]) {
      if (random() > chance) continue;
      const event = events[(await canPay(w)) ? Math.floor(random() * events.length) : 0]!();
      await event(w, friend);
    }
    // Every other week some bitcoin arrives.
    if (random() < 0.07) {
      const { address } = await w.wallet.boardAddress();
      devnet.chain.fund(address, amount(30_000, 90_000));
      story.receipts++;
    }
    await pass(OPEN / 2);
    await w.wallet.sync();
    await pass(OPEN / 2);
    await w.wallet.maintain();
    await friend.wallet.sync();
  }

  try {
    for (let day = 0; day < days; day++) {
      const [w, friend] = [await mine.open(), await friends.open()];
      await noneExpired(w);
      await today(w, friend);
      await noneExpired(w);
      for (const one of [w, friend]) await one.close();
      await pass(DAY - OPEN);
    }
    const w = await mine.open();
    await noneExpired(w);
    for (let i = 0; i < 40 && (await w.wallet.pending()).length > 0; i++) {
      await w.wallet.sync();
      await pass(3);
    }
    await checkInvariants({ devnet }, w);
    for (const line of await w.wallet.history()) {
      const kind = `${line.subsystem.name} ${line.subsystem.kind}`;
      story.fees.set(kind, (story.fees.get(kind) ?? 0n) + line.fee);
      if (line.subsystem.name === 'bark.round' && line.status === 'successful') story.renewals++;
    }
    story.total = (await w.wallet.balance()).total;
    await w.close();
    assert.deepEqual(devnet.ark.nonces.repeats, []);
    return story;
  } finally {
    await devnet.stop();
  }
}

/** What happened, in one line. */
export const told = ({ blocks, receipts, payments, renewals, fees, total, closest, dust }: Story): string => {
  const each = [...fees].filter(([, fee]) => fee > 0n).map(([kind, fee]) => `${kind} ${fee}`);
  const lost =
    dust.size === 0
      ? ''
      : `, but for ${dust.size} of dust, ${[...dust.values()].reduce((a, b) => a + b, 0n)} sat`;
  const sum = [...fees.values()].reduce((a, b) => a + b, 0n);
  return `${blocks} blocks, ${receipts} receipts, ${payments} payments, ${renewals} renewals; no coin expired (nearest: ${closest} blocks before its end${lost}); fees ${sum} sat (${each.join(', ')}); ${total} sat in the end`;
};
