// A devnet with its swap service and a funded wallet, and the hand that moves time: clock and blocks go on until a swap has
// ended.
import { startDevnet, type Devnet, type DevnetOptions } from '../../../devnet/index.ts';
import { devChainSource } from '../../../devnet/chain/source.ts';
import type { FeeRates } from '../../../src/chain/source.ts';
import type { BackendName } from '../../../src/swaps/backend.ts';
import type { SwapRow } from '../../../src/store/swap-row.ts';
import { sats } from '../../../src/units.ts';
import { fund, newWallet, type Instance, type InstanceOptions, type Profile } from './wallets.ts';

export interface SwapWorld {
  devnet: Devnet;
  instance: Instance & { profile: Profile };
  /** What the wallet hears of fees, sat/vB; tests change it. */
  rates: FeeRates;
  /** What the wallet has to spend. */
  balance(): Promise<bigint>;
  stop(): Promise<void>;
}

export const serviceUrl = (devnet: Devnet, backend: BackendName): string =>
  backend === 'boltz' ? `${devnet.swaps.url}/v2` : devnet.swaps.url;

export async function openSwapWorld(
  options: { devnet?: DevnetOptions; instance?: InstanceOptions; sats?: bigint } = {},
): Promise<SwapWorld> {
  const devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 }, ...options.devnet });
  const rates = { fast: 2, regular: 1, slow: 1 };
  const chain = { ...devChainSource(devnet.chain), feeRates: async () => ({ ...rates }) };
  const instance = await newWallet(devnet, { chain, ...options.instance });
  await fund(devnet, instance, options.sats ?? 300_000n);
  return {
    devnet,
    instance,
    rates,
    balance: async () => (await instance.wallet.balance()).spendable,
    async stop() {
      await instance.close();
      await devnet.stop();
    },
  };
}

/** An address of nobody's wallet. */
export const ELSEWHERE = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

/** Starts a swap of so much to {@link ELSEWHERE}. */
export const begin = (world: SwapWorld, backend: BackendName, amount = 50_000n) =>
  world.instance.wallet.startSwap({
    backend,
    service: serviceUrl(world.devnet, backend),
    address: ELSEWHERE,
    amount: sats(amount),
  });

export interface Going {
  /** Blocks mined between two looks; 0: none. */
  blocks?: number;
  /** Stops when this holds; when the swap and its payment are over by default. */
  until?: (row: SwapRow) => boolean | Promise<boolean>;
  most?: number;
  /** Leaves the mempool where it is. */
  empty?: boolean;
  /** Only the actions are driven, as a worker does that was woken by a timer. */
  sync?: boolean;
}

/** Drives wallet and service until the swap is where it should be. */
export async function go(
  { devnet, instance }: Pick<SwapWorld, 'devnet'> & { instance: Instance },
  hash: string,
  { blocks = 1, until, most = 80, empty = false, sync = true }: Going = {},
): Promise<SwapRow> {
  const { wallet, ports } = instance;
  for (let round = 0; round < most; round++) {
    await (sync ? wallet.sync().catch(() => undefined) : wallet.resume());
    await devnet.swaps.service.tick();
    const row = (await wallet.swap(hash))!;
    const pending = await wallet.pending();
    const over = pending.every(({ kind }) => kind !== 'loop-out' && kind !== 'lightning-send');
    if (until ? await until(row) : over) return row;
    const soonest = Math.min(...pending.map((a) => a.wakeAt ?? Infinity));
    if (soonest < Infinity && soonest > ports.now()) devnet.clock.advance(soonest - ports.now());
    if (blocks > 0) devnet.chain.mine(blocks, { empty });
    await new Promise((resolve) => setImmediate(resolve));
  }
  const pending = await wallet.pending();
  throw new Error(
    `not there yet: ${JSON.stringify((await wallet.swap(hash))?.status)} ${pending.map((a) => `${a.id.slice(0, 14)} ${(a.state as { step: string }).step} ${JSON.stringify(a.lastError)}`).join('; ')}`,
  );
}

/** What the chain shows at an address, confirmed only. */
export const arrivedAt = (devnet: Devnet, script: Uint8Array): bigint =>
  devnet.chain
    .utxos(script)
    .filter(({ block }) => block)
    .reduce((sum, u) => sum + u.value, 0n);
