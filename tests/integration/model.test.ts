// Random interleavings against a simple model of balances: payments over Lightning that succeed, fail or are held,
// transfers out and in, notices in the mailbox, jumps of the clock and of the tip, and the death of the worker at any
// effect. The model only adds and subtracts. MODEL_RUNS sets the number of runs, MODEL_SEED repeats one.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { sats } from '../../src/units.ts';
import { createWorld, checkInvariants, type World, type WorldMaker } from './crash/world.ts';
import { createFence, type Fence } from './support/fence.ts';
import { watchLeftInputs } from './support/left-inputs.ts';
import type { Instance } from './support/wallets.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 16);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 1_000_000);

/** What was begun, and how much of it is ours once it is over. */
interface Model {
  /** What is ours when everything has ended, without what payments over Lightning cost. */
  balance: bigint;
  lightning: { hash: string; amount: bigint }[];
  transfers: { address: string; amount: bigint }[];
}

interface Real {
  world: World;
  left: ReturnType<typeof watchLeftInputs>;
  victim: Instance;
  fence: Fence;
  deaths: number;
  /** A worker that died is opened again. */
  alive(): Promise<Instance>;
  /** The worker dies when it has come through this many more effects. */
  dieAfter: number | undefined;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Runs what a person or a timer would do; the worker may die in the middle of it. */
async function act(real: Real, body: (victim: Instance) => Promise<unknown>): Promise<void> {
  const victim = await real.alive();
  const { fence } = real;
  await Promise.race([
    body(victim).catch((e: unknown) => {
      const code = (e as { code?: string }).code;
      if (!fence.dead && code !== 'INSUFFICIENT_FUNDS') throw e;
    }),
    fence.died,
  ]);
}

class Pay implements Command {
  readonly amount: bigint;
  readonly fate: 'ok' | 'refused' | 'held';
  constructor(amount: bigint, fate: 'ok' | 'refused' | 'held') {
    this.amount = amount;
    this.fate = fate;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const { lightning } = real.world.devnet;
    const { bolt11, paymentHash } = lightning.createInvoice({
      amountMsat: this.amount * 1000n,
      hold: this.fate === 'held',
      expirySeconds: 100 * 86_400,
    });
    if (this.fate === 'refused') lightning.cancel(paymentHash);
    // Whether it was begun is for the history to say: the worker may die before anything was durable.
    model.lightning.push({ hash: paymentHash, amount: this.amount });
    await act(real, async ({ wallet }) => wallet.pay(await wallet.inspect(bolt11)));
  }
  toString = () => `pay ${this.amount} (${this.fate})`;
}

class Transfer implements Command {
  readonly amount: bigint;
  constructor(amount: bigint) {
    this.amount = amount;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const { address } = await (await real.world.friend()).wallet.newAddress();
    model.transfers.push({ address, amount: this.amount });
    await act(real, async ({ wallet }) =>
      wallet.pay(await wallet.inspect(address), { amount: sats(this.amount) }),
    );
  }
  toString = () => `transfer ${this.amount}`;
}

class Arrives implements Command {
  readonly amount: bigint;
  constructor(amount: bigint) {
    this.amount = amount;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const friend = await real.world.friend();
    const { address } = await (await real.alive()).wallet.newAddress().catch(async () => {
      return (await real.alive()).wallet.newAddress();
    });
    await friend.wallet.pay(await friend.wallet.inspect(address), { amount: sats(this.amount) });
    await friend.settle();
    model.balance += this.amount;
  }
  toString = () => `${this.amount} arrive`;
}

class Release implements Command {
  readonly settles: boolean;
  constructor(settles: boolean) {
    this.settles = settles;
  }
  check = () => true;
  async run(_model: Model, real: Real): Promise<void> {
    const { lightning } = real.world.devnet;
    const held = lightning.invoices.find((i) => i.hold && i.state === 'held');
    if (held) (this.settles ? lightning.settle : lightning.cancel)(held.paymentHash);
  }
  toString = () => (this.settles ? 'the recipient settles' : 'the recipient refuses');
}

class Step implements Command {
  readonly name: string;
  readonly step: (real: Real) => Promise<unknown> | unknown;
  constructor(name: string, step: (real: Real) => Promise<unknown> | unknown) {
    this.name = name;
    this.step = step;
  }
  check = () => true;
  async run(_model: Model, real: Real): Promise<void> {
    await this.step(real);
  }
  toString = () => this.name;
}

const amount = fc.bigInt({ min: 400n, max: 12_000n });
const commands = fc.commands(
  [
    fc.tuple(amount, fc.constantFrom('ok', 'refused', 'held')).map(([a, f]) => new Pay(a, f as 'ok')),
    fc.tuple(amount, fc.constantFrom('ok', 'held')).map(([a, f]) => new Pay(a, f as 'ok')),
    amount.map((a) => new Transfer(a)),
    amount.map((a) => new Arrives(a)),
    fc.boolean().map((settles) => new Release(settles)),
    fc.constant(new Step('synchronise', (real) => act(real, ({ wallet }) => wallet.sync()))),
    fc.constant(new Step('wake', (real) => act(real, ({ wallet }) => wallet.wake()))),
    fc
      .integer({ min: 0, max: 40 })
      .map((n) => new Step(`die ${n} effects from now`, (real) => void (real.dieAfter = n))),
    fc
      .integer({ min: 1, max: 3600 })
      .map((s) => new Step(`${s} s pass`, ({ world }) => world.devnet.clock.advance(s * 1000))),
    fc.constantFrom(1, 2, 20, 150).map(
      (n) =>
        new Step(`${n} blocks`, ({ world }) => {
          world.devnet.chain.mine(n);
        }),
    ),
  ],
  { maxCommands: 24, size: 'max' },
);

function begin(world: World): Real {
  const left = watchLeftInputs();
  const real: Real = {
    world,
    left,
    victim: undefined as never,
    fence: createFence(),
    deaths: 0,
    dieAfter: undefined,
    alive: async () => {
      if (real.victim && !real.fence.dead) return real.victim;
      if (real.victim) {
        real.deaths++;
        await real.victim.close();
      }
      const fence = createFence(undefined, () => {
        if (real.dieAfter === undefined) return false;
        if (real.dieAfter-- > 0) return false;
        real.dieAfter = undefined;
        return true;
      });
      real.fence = fence;
      real.victim = await world.open({ wrap: (ports) => fence.wrap(left.wrap(ports)) });
      await Promise.race([real.victim.wallet.resume().catch(() => undefined), fence.died]);
      return real.victim;
    },
  };
  return real;
}

/** Everybody comes to an end, and the sums are made. */
async function close(model: Model, real: Real): Promise<void> {
  const { devnet } = real.world;
  real.dieAfter = undefined;
  const victim = await real.alive();
  if (real.fence.dead) return close(model, real);
  for (let i = 0; i < 5; i++) {
    await victim.wallet.sync().catch(() => undefined);
    for (const one of devnet.lightning.invoices)
      if (one.state === 'held') devnet.lightning.settle(one.paymentHash);
  }
  await victim.settle();
  await victim.wallet.sync();
  assert.deepEqual(real.left.unlocked, [], 'inputs unlocked after their cosign request had left');
  await checkInvariants(real.world, victim);

  let expected = model.balance;
  const history = await victim.wallet.history();
  for (const { hash, amount } of model.lightning) {
    const lines = history.filter((l) => l.metadata['payment_hash'] === hash);
    assert.ok(lines.length <= 1, 'one line for one payment');
    const settled = devnet.lightning.invoice(hash)?.state === 'settled';
    assert.equal(lines[0]?.status === 'successful', settled, 'recipient and history agree');
    if (settled) expected -= amount + lines[0]!.fee;
  }
  const friend = await real.world.friend();
  await friend.wallet.sync();
  const arrived = new Map(
    (await friend.wallet.history()).flatMap((l) => l.receivedOn.map((d) => [d.value, d.amount] as const)),
  );
  for (const { address, amount } of model.transfers) {
    const lines = history.filter((l) => l.sentTo.some((d) => d.value === address));
    assert.ok(lines.length <= 1, 'one line for one transfer');
    const sent = lines[0]?.status === 'successful';
    assert.equal(arrived.get(address), sent ? amount : undefined, 'what was sent has arrived, once');
    if (sent) expected -= amount;
  }
  assert.equal((await victim.wallet.balance()).total, expected, 'balance and model');
  await victim.close();
}

let steps = 0;
let deaths = 0;
let maker: WorldMaker | undefined;
afterAll(async () => {
  console.log(`model: ${RUNS} runs, ${steps} commands, ${deaths} deaths, seed ${SEED}`);
  await maker?.close();
});

test(
  'whatever happens in whatever order, the balance is that of the model',
  { timeout: 1_800_000 },
  async () => {
    maker = await createWorld();
    const first = await maker.open();
    const { total } = await first.wallet.balance();
    await first.close();
    const start = await maker.snapshot();
    await fc.assert(
      fc.asyncProperty(commands, async (cmds) => {
        const model: Model = { balance: total, lightning: [], transfers: [] };
        const real = begin(start());
        await fc.asyncModelRun(() => ({ model, real }), cmds);
        await close(model, real);
        steps += [...cmds].length;
        deaths += real.deaths;
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env['MODEL_SHRINK'] === undefined },
    );
    expect(maker.devnet.ark.nonces.repeats).toEqual([]);
  },
);
