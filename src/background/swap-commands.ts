// Commands about the ways to a bitcoin address: what each would cost, and starting a swap.
import { SkiffError } from '../errors.ts';
import type { Handlers } from '../messaging/map.ts';
import type { MoveWayView } from '../messaging/views.ts';
import { changeSettings, setting } from '../store/settings.ts';
import { BACKENDS, defaultService } from '../swaps/services.ts';
import type { BackendName, ServiceRef } from '../swaps/backend.ts';
import type { SwapsWallet } from '../swaps/wallet.ts';
import type { Sats } from '../units.ts';
import type { Host } from './host.ts';
import { quoteView } from './quote-view.ts';

/** A transaction that pays an ordinary fee, as a rule. */
const BLOCK_MINUTES = 10;

const words = (error: unknown): string =>
  error instanceof SkiffError ? error.say : 'This way cannot be priced right now.';

/** The bitcoin address behind a text. @throws SkiffError INVALID_ADDRESS */
async function addressIn(wallet: SwapsWallet, text: string): Promise<string> {
  const { options } = await wallet.inspect(text);
  const found = options.find(({ method }) => method.kind === 'bitcoin');
  if (found) return found.method.text;
  throw new SkiffError({ code: 'INVALID_ADDRESS', say: 'There is no bitcoin address in this.' });
}

/** The services of this wallet: what the person set, else the network's own. */
async function services(host: Host): Promise<ServiceRef[]> {
  const named = await (await host.db()).read(['settings'], (tx) => setting(tx, 'swapServices'));
  const network = (await host.connection())?.network ?? 'mainnet';
  return BACKENDS.flatMap((backend) => {
    const service = named[backend] ?? defaultService(backend, network) ?? '';
    return service === '' ? [] : [{ backend, service }];
  });
}

async function byPurse(
  wallet: SwapsWallet,
  text: string,
  amount: bigint,
  from: 'ark' | 'onchain',
): Promise<MoveWayView> {
  try {
    const { fee, total, problem, shortBy } = await quoteView(wallet, text, { amount: amount as Sats, from });
    if (problem || shortBy !== undefined || total === undefined || fee === undefined)
      return { way: from, parts: [], problem: problem?.say ?? 'There is not enough there.' };
    const what = from === 'ark' ? 'server' : 'miner';
    return { way: from, total, minutes: BLOCK_MINUTES, parts: [{ what, amount: fee }] };
  } catch (error) {
    return { way: from, parts: [], problem: words(error) };
  }
}

async function bySwap(wallet: SwapsWallet, ref: ServiceRef, address: string, amount: bigint) {
  const way: BackendName = ref.backend;
  try {
    const q = await wallet.quoteSwap({ ...ref, address, amount: amount as Sats });
    const parts: MoveWayView['parts'] = [
      { what: 'service', amount: q.serviceFee },
      { what: 'miner', amount: q.claimFee },
      { what: 'lightning', amount: q.lightningFee },
    ];
    return { way, total: q.total, minutes: q.minutes, parts };
  } catch (error) {
    return { way, parts: [], problem: words(error) };
  }
}

type SwapCommand = 'compareMoves' | 'startSwap' | 'swapServices' | 'setSwapServices';

/** @param host of the present wallet, which a change of server replaces */
export const swapCommands = (host: Host): Pick<Handlers, SwapCommand> => ({
  async compareMoves({ text, amount }) {
    const wallet = await host.wallet();
    const address = await addressIn(wallet, text);
    const [own, swaps] = [
      (['ark', 'onchain'] as const).map((from) => byPurse(wallet, text, amount, from)),
      (await services(host)).map((ref) => bySwap(wallet, ref, address, amount)),
    ];
    return { ways: await Promise.all([...own, ...swaps]) };
  },

  async startSwap({ text, amount, backend, maxTotal }) {
    const wallet = await host.wallet();
    const address = await addressIn(wallet, text);
    const ref = (await services(host)).find((one) => one.backend === backend);
    if (!ref) throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'This kind of swap is switched off.' });
    const { hash } = await wallet.startSwap({
      ...ref,
      address,
      amount: amount as Sats,
      maxTotal: maxTotal as Sats,
    });
    return { hash };
  },

  async swapServices() {
    const found = await services(host);
    const of = (backend: BackendName) => found.find((one) => one.backend === backend)?.service ?? '';
    return { loopHttp: of('loop-http'), boltz: of('boltz') };
  },

  async setSwapServices({ loopHttp, boltz }) {
    const swapServices = { 'loop-http': loopHttp, boltz };
    await (await host.db()).write(['settings'], (tx) => changeSettings(tx, { swapServices }));
    return {};
  },
});
