// A wallet whose server can be told to lie, watched for inputs that are unlocked after their cosign request has left.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { startDevnet, type Devnet } from '../../../devnet/index.ts';
import type { DevInvoice } from '../../../devnet/lightning/invoice.ts';
import type { ArkServer } from '../../../src/server/connect.ts';
import type { WalletPorts } from '../../../src/wallet/ports.ts';
import { checkInvariants } from '../crash/world.ts';
import { devChainSource } from './chain-source.ts';
import { watchLeftInputs, type LeftInputs } from './left-inputs.ts';
import { fund, newWallet, type Instance } from './wallets.ts';

export type Lies = (honest: ArkServer) => Partial<ArkServer>;
export type Made = ReturnType<Devnet['lightning']['createInvoice']>;

/** One devnet for the file, a fresh wallet for each test. */
export function liar() {
  let devnet: Devnet;
  let w: Instance;
  let left: LeftInputs;
  let before: bigint;
  /** Replaces calls of the server; each is given the honest server. */
  let lies: Lies;

  const wrap = (ports: WalletPorts): WalletPorts =>
    left.wrap({
      ...ports,
      server: async () => {
        const honest = await ports.server();
        return { ...honest, ...lies(honest) };
      },
    });

  beforeAll(async () => {
    devnet = await startDevnet();
  });
  beforeEach(async () => {
    lies = () => ({});
    left = watchLeftInputs();
    w = await newWallet(devnet, { chain: devChainSource(devnet.chain), wrap });
    await fund(devnet, w, 60_000n);
    before = (await w.wallet.balance()).total;
  });
  afterEach(async () => {
    devnet.ark.faults.clear();
    expect(left.unlocked).toEqual([]);
    await w.close();
  });
  afterAll(async () => {
    expect(devnet.ark.nonces.repeats).toEqual([]);
    await devnet.stop();
  });

  const invoice = (more = {}): Made =>
    devnet.lightning.createInvoice({ amountMsat: 5_000_000n, expirySeconds: 1_000_000, ...more });
  const pay = async ({ bolt11 }: Made) => (await w.wallet.pay(await w.wallet.inspect(bolt11))).actionId;
  const seen = ({ paymentHash }: Pick<DevInvoice, 'paymentHash'>) => devnet.lightning.invoice(paymentHash);
  const held = (made: Made) => expect.poll(() => seen(made)?.state, { timeout: 20_000 }).toBe('held');
  const lastError = async () => (await w.wallet.pending())[0]?.lastError?.code;
  const inputStates = async () => {
    const coins = new Map((await w.wallet.coins(true)).map((c) => [c.id, c.state]));
    return [...left.ids].map((id) => coins.get(id));
  };

  /** The wallet works a few times, the clock moving past every timer; the lie goes on meanwhile. */
  async function work(times = 4): Promise<void> {
    for (let i = 0; i < times; i++) {
      await w.wallet.sync().catch(() => undefined);
      devnet.clock.advance(61_000);
    }
  }

  /** Honest again: everything ends, and all books agree on `status`. */
  async function ends(actionId: string, made: Made, status: 'paid' | 'failed'): Promise<void> {
    lies = () => ({});
    devnet.ark.faults.clear();
    await w.settle();
    const outcome = await w.wallet.outcome(actionId);
    expect(outcome.status).toBe(status);
    const paid = outcome.status === 'paid';
    expect(seen(made)?.state === 'settled').toBe(paid);
    if (paid) expect(seen(made)?.receivedMsat).toBe(5_000_000n);
    const { total } = await w.wallet.balance();
    expect(total).toBe(paid ? before - 5_000n - outcome.fee : before);
    await checkInvariants({ devnet }, w);
  }

  return {
    get devnet() {
      return devnet;
    },
    get w() {
      return w;
    },
    /** All there was in the beginning. */
    get before() {
      return before;
    },
    tell: (lie: Lies) => void (lies = lie),
    honest: () => void (lies = () => ({})),
    invoice,
    pay,
    seen,
    held,
    lastError,
    inputStates,
    work,
    ends,
  };
}
