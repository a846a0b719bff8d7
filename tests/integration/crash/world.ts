// One devnet, one wallet that is killed again and again, one of somebody else: what a scenario works with. And what holds
// after every run, whatever happened in it.
import assert from 'node:assert/strict';
import type { ArkConfig } from '../../../devnet/ark/config.ts';
import { startDevnet, type Devnet } from '../../../devnet/index.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve } from '../../../src/crypto/noble.ts';
import type { KeyRow } from '../../../src/store/rows.ts';
import { devChainSource } from '../support/chain-source.ts';
import { copyDisk } from '../support/copy-disk.ts';
import { rememberingCurve } from '../support/remembering-curve.ts';
import { fund, newWallet, openInstance } from '../support/wallets.ts';
import type { Instance, InstanceOptions, Profile } from '../support/wallets.ts';
import type { Books } from './scenario.ts';

export interface World {
  devnet: Devnet;
  /** A new instance of the victim's wallet. */
  open(options?: InstanceOptions): Promise<Instance>;
  /** Somebody else with a wallet, who pays and is paid; opened when first asked for. */
  friend(): Promise<Instance>;
  /** Closes what `friend` opened. */
  leave(): Promise<void>;
}

export interface WorldMaker extends World {
  /**
   * How everything is now, to come back to: a world that is made of it begins there, and ends with the making of
   * the next one. All wallets are closed.
   */
  snapshot(): Promise<() => World>;
  close(): Promise<void>;
}

/** A devnet with two wallets. One for each scenario. */
export async function createWorld(ark?: Partial<ArkConfig>): Promise<WorldMaker> {
  const curve = rememberingCurve(nobleCurve);
  // A thousand lives order their swaps within one minute of this clock.
  const devnet = await startDevnet({ curve, ark, swaps: { maxPerMinute: Infinity } });
  const base = { curve, chain: devChainSource(devnet.chain) };

  function worldOf(victim: Profile, other: Profile) {
    let open: Promise<Instance> | undefined;
    return {
      devnet,
      open: (options?: InstanceOptions) => openInstance(devnet, victim, { ...base, ...options }),
      friend: () => (open ??= openInstance(devnet, other, base)),
      leave: async () => {
        await (await open)?.close();
        open = undefined;
      },
    };
  }

  const [victim, other] = [await newWallet(devnet, base), await newWallet(devnet, base)];
  await fund(devnet, other, 200_000n);
  await fund(devnet, victim, 200_000n);
  for (const one of [victim, other]) await one.close();
  const first = worldOf(victim.profile, other.profile);
  const copyOf = ({ idb, seed }: Profile): Profile => ({ idb: copyDisk(idb), seed });

  return {
    ...first,
    snapshot: async () => {
      await first.leave();
      const rewind = devnet.snapshot();
      const disks = [copyOf(victim.profile), copyOf(other.profile)] as const;
      return () => {
        rewind();
        return worldOf(copyOf(disks[0]), copyOf(disks[1]));
      };
    },
    close: () => devnet.stop(),
  };
}

export async function books({ wallet }: Instance): Promise<Books> {
  const { total, onchain } = await wallet.balance();
  return {
    ark: total,
    onchain: onchain.confirmed + onchain.unconfirmed + onchain.reserved,
    movements: (await wallet.history()).length,
  };
}

/** What holds after every run: nothing is open or held, and wallet, history and server tell the same of every coin. */
export async function checkInvariants(
  { devnet }: Pick<World, 'devnet'>,
  victim: Instance,
  { restored = false } = {},
): Promise<void> {
  const { wallet, db } = victim;
  assert.deepEqual(devnet.ark.nonces.repeats, [], 'public nonces used twice');
  assert.deepEqual(await wallet.pending(), [], 'actions still open');

  const coins = await wallet.coins();
  const odd = coins.filter((c) => c.state !== 'spendable' || c.holder !== undefined);
  assert.deepEqual(odd, [], 'live coins that cannot be spent');
  const held = (await wallet.onchainUtxos()).filter((u) => u.holder !== undefined);
  assert.deepEqual(held, [], 'outputs still held');

  // Every coin that the server would let one of our keys spend is in the wallet, and the other way round.
  const keys = new Set(
    (await db.read(['keys'], (tx) => tx.query<KeyRow>('keys'))).map(({ pubkey }) => pubkey),
  );
  const left = new Set((await wallet.coins(true)).flatMap((c) => (c.state === 'exited' ? [c.id] : [])));
  const ours = [...devnet.ark.state.vtxos.values()].filter(
    ({ id, state, vtxo: { policy } }) =>
      (state === 'spendable' || state === 'unregistered') &&
      !left.has(id) &&
      'userPubkey' in policy &&
      keys.has(toHex(policy.userPubkey)),
  );
  assert.deepEqual(ours.map((row) => row.id).sort(), coins.map((c) => c.id).sort(), 'coins here and there');

  const effects = (await wallet.history()).reduce((sum, line) => sum + line.effective, 0n);
  if (!restored) assert.equal(effects, (await wallet.balance()).total, 'history and balance');

  for (const [hash, attempts] of devnet.ark.state.attempts) {
    assert.ok(attempts.filter((a) => a.status === 'succeeded').length <= 1, `${hash} was paid twice`);
  }
}

/** A world anew for each test: both wallets have coins, the victim bitcoin on-chain for the fees of exits, too. */
export interface Worlds {
  maker: WorldMaker;
  inWorld(body: (world: World, victim: Instance) => Promise<void>): Promise<void>;
}

/** Worlds for what ends on the chain. */
export async function createWorlds(ark?: Partial<ArkConfig>): Promise<Worlds> {
  const maker = await createWorld(ark);
  const first = await maker.open();
  maker.devnet.chain.fund(await first.wallet.onchainAddress(), 40_000n);
  maker.devnet.chain.mine(1);
  await first.wallet.sync();
  await first.close();
  const begin = await maker.snapshot();
  return {
    maker,
    async inWorld(body) {
      const world = begin();
      const victim = await world.open();
      try {
        await body(world, victim);
      } finally {
        world.devnet.ark.faults.clear();
        await victim.close();
        await world.leave();
      }
    },
  };
}
