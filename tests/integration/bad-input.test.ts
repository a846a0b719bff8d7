// Whatever cannot be done is refused with a typed error and a sentence, and leaves no row behind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { SkiffError } from '../../src/errors.ts';
import { sats } from '../../src/units.ts';
import type { Wallet } from '../../src/wallet/wallet.ts';
import { traces } from './support/traces.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

const wallet = async (funds = 0n): Promise<Instance> => {
  const instance = await newWallet(devnet, { config: { doubleDrive: true } });
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
};
const pay = async ({ wallet }: Instance, text: string, amount?: bigint) =>
  wallet.pay(await wallet.inspect(text), amount === undefined ? {} : { amount: sats(amount) });
const invoice = (sat: bigint, more = {}) =>
  devnet.lightning.createInvoice({ amountMsat: sat * 1000n, ...more });

beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  await devnet.stop();
});

describe('bad input leaves nothing behind', () => {
  const refusals: [name: string, code: string, attempt: (w: Instance, other: Wallet) => Promise<unknown>][] =
    [
      ['amount over balance', 'INSUFFICIENT_FUNDS', (w) => pay(w, invoice(9_000_000n).bolt11)],
      [
        'an Ark transfer over balance',
        'INSUFFICIENT_FUNDS',
        async (w, o) => pay(w, (await o.newAddress()).address, 9_000_000n),
      ],
      [
        'an expired invoice',
        'INVOICE_EXPIRED',
        async (w) => {
          const { bolt11 } = invoice(1_000n, { expirySeconds: 1 });
          devnet.clock.advance(3_000);
          return pay(w, bolt11);
        },
      ],
      [
        'an invoice of another network',
        'WRONG_NETWORK',
        (w) => pay(w, invoice(1_000n, { network: 'mainnet' }).bolt11),
      ],
      [
        'an invoice without amount',
        'AMOUNT_REQUIRED',
        (w) => pay(w, devnet.lightning.createInvoice({}).bolt11),
      ],
      [
        'a typing error in an invoice',
        'INVALID_CHECKSUM',
        (w) => {
          const { bolt11 } = invoice(1_000n);
          return pay(w, `${bolt11.slice(0, -1)}${bolt11.endsWith('q') ? 'p' : 'q'}`);
        },
      ],
      [
        'an Ark address without amount',
        'AMOUNT_REQUIRED',
        async (w, o) => pay(w, (await o.newAddress()).address),
      ],
      ['zero', 'DUST', async (w, o) => pay(w, (await o.newAddress()).address, 0n)],
      [
        'three times what the invoice asks',
        'AMOUNT_OUT_OF_RANGE',
        (w) => pay(w, invoice(1_000n).bolt11, 3_000n),
      ],
      [
        'more than was agreed to',
        'AMOUNT_OUT_OF_RANGE',
        async (w) => w.wallet.pay(await w.wallet.inspect(invoice(1_000n).bolt11), { maxTotal: sats(1_000n) }),
      ],
      ['a board below the minimum', 'AMOUNT_OUT_OF_RANGE', (w) => w.wallet.board(sats(10_000n))],
      ['a board over the on-chain balance', 'INSUFFICIENT_FUNDS', (w) => w.wallet.board(sats(9_000_000n))],
      ['nonsense', 'INVALID_ARGUMENT', (w) => pay(w, 'hello')],
    ];
  let w: Instance;
  let other: Instance;
  beforeAll(async () => {
    w = await wallet(50_000n);
    devnet.chain.fund(await w.wallet.onchainAddress(), 30_000n);
    devnet.chain.mine(1);
    await w.settle();
    other = await wallet();
  });
  for (const [name, code, attempt] of refusals) {
    test(name, async () => {
      const before = await traces(w);
      const error: unknown = await attempt(w, other.wallet).then(
        () => 'no error',
        (e: unknown) => e,
      );
      expect(error).toMatchObject({ name: 'SkiffError', code });
      expect((error as { say: string }).say.length).toBeGreaterThan(10);
      expect(await traces(w)).toEqual(before);
    });
  }

  test('a server out of reach', async () => {
    const { bolt11 } = invoice(1_000n);
    const before = await traces(w);
    await devnet.ark.crash();
    await expect(pay(w, bolt11)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await expect(wallet()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    await devnet.ark.restart();
    expect(await traces(w)).toEqual(before);
  });

  test('a locked wallet', async () => {
    const { bolt11 } = invoice(1_000n);
    const instruction = await w.wallet.inspect(bolt11);
    const before = await traces(w);
    const { keys } = w.ports;
    const open = keys.unlocked;
    keys.unlocked = () => {
      throw new SkiffError({ code: 'LOCKED', say: 'The wallet is locked.' });
    };
    await expect(w.wallet.pay(instruction)).rejects.toMatchObject({ code: 'LOCKED' });
    await expect(w.wallet.newAddress()).rejects.toMatchObject({ code: 'LOCKED' });
    expect((await w.wallet.balance()).spendable).toBeGreaterThan(0n);
    keys.unlocked = open;
    expect(await traces(w)).toEqual(before);
  });

  test('a wallet that gets locked in the middle of a payment finishes it after unlocking', async () => {
    const { keys } = w.ports;
    const open = keys.unlocked;
    let uses = 0;
    const { bolt11, paymentHash } = invoice(1_000n);
    keys.unlocked = () => {
      if (++uses > 2) throw new SkiffError({ code: 'LOCKED', say: 'The wallet is locked.' });
      return open();
    };
    const { actionId } = await pay(w, bolt11);
    await expect
      .poll(async () => (await w.wallet.pending())[0]?.lastError?.code, { timeout: 5000 })
      .toBe('LOCKED');
    keys.unlocked = open;
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'paid' });
  });
});
