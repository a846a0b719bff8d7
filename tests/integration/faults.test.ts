// A bad network and a lying server: each call in turn is acted upon and its answer lost, or fails; answers that do not
// hold are refused. The money is where it belongs in the end, and nothing is unlocked too early.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, type Vtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import { coinBody } from '../../src/store/coins.ts';
import { sats } from '../../src/units.ts';
import { proveGrown } from '../../src/wallet/coins/grown.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { devChainSource } from './support/chain-source.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
let recipient: Instance;
let payer: Instance;
const opened: Instance[] = [];

/** Replaces calls of the server for one wallet. */
let lie: Partial<ArkServer> = {};
const wrap = (ports: WalletPorts): WalletPorts => ({
  ...ports,
  server: async () => ({ ...(await ports.server()), ...lie }),
});

async function open(funds: bigint): Promise<Instance> {
  const instance = await newWallet(devnet, { chain: devChainSource(devnet.chain), wrap });
  opened.push(instance);
  if (funds > 0n) await fund(devnet, instance, funds);
  return instance;
}
const invoice = (more = {}) => devnet.lightning.createInvoice({ amountMsat: 2_000_000n, ...more });
const payInvoice = async ({ wallet }: Instance, bolt11: string) => wallet.pay(await wallet.inspect(bolt11));

beforeAll(async () => {
  devnet = await startDevnet();
  recipient = await open(0n);
  payer = await open(900_000n);
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

const calls = {
  'Lightning payment': [
    'RegisterVtxoTransactions',
    'RequestLightningPayHtlcCosign',
    'InitiateLightningPayment',
  ],
  transfer: ['RegisterVtxoTransactions', 'RequestArkoorCosign', 'PostArkoorMessage'],
  'payment that fails': ['RequestLightningPayHtlcRevocation', 'CheckLightningPayment'],
} as const;

const faults: [name: string, add: (method: string) => void][] = [
  ['its answer is lost', (method) => devnet.ark.faults.dropResponse(method)],
  ['it never arrives', (method) => devnet.ark.faults.dropRequest(method)],
  ['it fails with INTERNAL', (method) => devnet.ark.faults.fail(method, Code.Internal)],
  ['it fails with UNAVAILABLE', (method) => devnet.ark.faults.fail(method, Code.Unavailable)],
  ['it fails with RESOURCE_EXHAUSTED', (method) => devnet.ark.faults.fail(method, Code.ResourceExhausted)],
];

describe('a bad network', () => {
  for (const [fault, add] of faults) {
    for (const method of calls['Lightning payment']) {
      test(`Lightning payment, ${method}: ${fault}`, async () => {
        const { total: before } = await payer.wallet.balance();
        const { bolt11, paymentHash } = invoice();
        add(method);
        const { actionId } = await payInvoice(payer, bolt11);
        await payer.settle();
        const outcome = await payer.wallet.outcome(actionId);
        expect(outcome).toMatchObject({ status: 'paid' });
        expect(devnet.lightning.invoice(paymentHash)?.receivedMsat).toBe(2_000_000n);
        const fee = outcome.status === 'paid' ? outcome.fee : 0n;
        expect((await payer.wallet.balance()).spendable).toBe(before - 2_000n - fee);
      });
    }
    for (const method of calls.transfer) {
      test(`transfer, ${method}: ${fault}`, async () => {
        const [before, had] = [await payer.wallet.balance(), await recipient.wallet.balance()];
        const { address } = await recipient.wallet.newAddress();
        add(method);
        await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(1_000n) });
        await payer.settle();
        await recipient.wallet.sync();
        expect((await payer.wallet.balance()).spendable).toBe(before.total - 1_000n);
        expect((await recipient.wallet.balance()).spendable).toBe(had.spendable + 1_000n);
      });
    }
    for (const method of calls['payment that fails']) {
      test(`payment that fails, ${method}: ${fault}`, async () => {
        const { total: before } = await payer.wallet.balance();
        const { bolt11, paymentHash } = invoice({ hold: true });
        const { actionId } = await payInvoice(payer, bolt11);
        await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 5000 }).toBe('held');
        add(method);
        devnet.lightning.cancel(paymentHash);
        await payer.settle();
        expect(await payer.wallet.outcome(actionId)).toMatchObject({ status: 'failed' });
        expect((await payer.wallet.balance()).spendable).toBe(before);
      });
    }
  }
});

test('a payment whose first question is not answered does not start', async () => {
  const before = [await payer.wallet.coins(), await payer.wallet.history()];
  const { bolt11 } = invoice();
  devnet.ark.faults.dropRequest('CheckLightningPayment');
  await expect(payInvoice(payer, bolt11)).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  expect([await payer.wallet.coins(), await payer.wallet.history()]).toEqual(before);
});

describe('a refusal after the cosign request left', () => {
  /** The HTLC is granted, the answer lost; meanwhile blocks pass, so that the same request is refused as too late. */
  async function lateReplay(blocks: number) {
    const w = await open(60_000n);
    const { total: before } = await w.wallet.balance();
    const { bolt11, paymentHash } = invoice({ expirySeconds: 1_000_000 });
    devnet.ark.faults.dropResponse('RequestLightningPayHtlcCosign');
    const { actionId } = await payInvoice(w, bolt11);
    await expect.poll(async () => (await w.wallet.pending())[0]?.retries, { timeout: 5000 }).toBe(1);
    devnet.chain.mine(blocks);
    await w.settle();
    const { total: after } = await w.wallet.balance();
    return {
      outcome: await w.wallet.outcome(actionId),
      paid: before - after,
      invoice: devnet.lightning.invoice(paymentHash),
    };
  }

  test('granted before, and still time to pay: the coins are fetched in another way and the payment goes on', async () => {
    const { outcome, paid, invoice: seen } = await lateReplay(30);
    expect(outcome).toMatchObject({ status: 'paid' });
    expect(seen).toMatchObject({ state: 'settled' });
    expect(paid).toBeGreaterThan(2_000n);
  });

  test('granted before, but too late to pay: the money comes back by revocation', async () => {
    const { outcome, paid, invoice: seen } = await lateReplay(300);
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(seen).toMatchObject({ state: 'open' });
    expect(paid).toBe(0n);
  });

  test('never granted: the inputs are spent to ourselves, not just unlocked', async () => {
    const w = await open(60_000n);
    const { total: before } = await w.wallet.balance();
    const inputs = (await w.wallet.coins()).map((c) => c.id);
    const { bolt11 } = invoice();
    devnet.ark.faults.fail('RequestLightningPayHtlcCosign', Code.InvalidArgument, 'no thanks');
    const { actionId } = await payInvoice(w, bolt11);
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({
      status: 'failed',
      error: { say: expect.stringContaining('no thanks') },
    });
    expect((await w.wallet.balance()).spendable).toBe(before);
    expect((await w.wallet.coins(true)).filter((c) => inputs.includes(c.id)).map((c) => c.state)).toEqual([
      'spent',
    ]);
  });
});

describe('a lying server', () => {
  const locked = async (w: Instance) => (await w.wallet.coins()).map((c) => c.state);

  test('a wrong cosignature is refused; the inputs stay locked until an honest answer comes', async () => {
    const w = await open(60_000n);
    const server = await w.ports.server();
    lie = {
      requestLightningPayHtlcCosign: async (request) => {
        const answer = await server.requestLightningPayHtlcCosign(request);
        answer.parts[0]!.serverPartialSigs[0]![5]! ^= 1;
        return answer;
      },
    };
    const { actionId } = await payInvoice(w, invoice().bolt11);
    await expect
      .poll(async () => (await w.wallet.pending())[0]?.lastError?.code, { timeout: 5000 })
      .toBe('SERVER_MISBEHAVED');
    expect(await locked(w)).toEqual(['locked']);
    lie = {};
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });

  test('a wrong preimage is no proof: the payment stays open until the real one is shown', async () => {
    const w = await open(60_000n);
    const server = await w.ports.server();
    const { bolt11, paymentHash } = invoice({ hold: true });
    lie = {
      checkLightningPayment: async (request, options) => {
        const answer = await server.checkLightningPayment(request, options);
        return {
          ...answer,
          paymentStatus: { case: 'success', value: { preimage: new Uint8Array(32) } },
        } as never;
      },
    };
    const { actionId } = await payInvoice(w, bolt11);
    await expect.poll(() => devnet.lightning.invoice(paymentHash)?.state, { timeout: 5000 }).toBe('held');
    await w.wallet.resume();
    expect(await w.wallet.paymentStatus(paymentHash)).toMatchObject({ status: 'pending' });
    lie = {};
    devnet.lightning.settle(paymentHash);
    await w.settle();
    expect(await w.wallet.outcome(actionId)).toMatchObject({ status: 'paid' });
  });

  test('a new coin with a wrong or missing signature in its added links is not accepted', async () => {
    const w = await open(60_000n);
    const { address } = await w.wallet.newAddress();
    await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(1_000n) });
    await w.settle();
    const [row] = await w.wallet.coins();
    const bytes = await w.db.read(['coinBodies'], (tx) => coinBody(tx, row!.id));
    const vtxo = decodeVtxo(nobleCurve, bytes, 'full');
    const prove = (genesis: Vtxo['genesis'], parentDepth: number) =>
      proveGrown(
        nobleCurve,
        [{ vtxo: { ...vtxo, genesis }, parentDepth }],
        () => devnet.chain.tx(txidText(vtxo.anchor.txid))!.tx.raw,
      );
    const withLast = (signature: Uint8Array | undefined) =>
      vtxo.genesis.map((item, i) =>
        i === vtxo.genesis.length - 1 ? { ...item, transition: { ...item.transition, signature } } : item,
      ) as Vtxo['genesis'];
    expect(vtxo.genesis).toHaveLength(3);
    expect(() => prove(vtxo.genesis, 1)).not.toThrow();
    expect(() => prove(withLast(new Uint8Array(64).fill(1)), 1)).toThrow(/INVALID_VTXO/);
    expect(() => prove(withLast(undefined), 1)).toThrow(/INVALID_VTXO/);
    expect(() => prove(vtxo.genesis.slice(1), 1)).toThrow(/INVALID_VTXO/);
  });

  test('coins in the mailbox with a broken signature are dropped, the sound ones of the next message are kept', async () => {
    const w = await open(0n);
    const server = await w.ports.server();
    const { address } = await w.wallet.newAddress();
    for (const amount of [3_000n, 4_000n]) {
      await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(amount) });
      await payer.settle();
    }
    lie = {
      readMailbox: async (request, options) => {
        const page = await server.readMailbox(request, options);
        const [first] = page.messages;
        // The signature of the last link stands some way before the end of the encoding.
        if (first?.message.case === 'arkoor') {
          for (const bytes of first.message.value.vtxos) bytes[bytes.length - 130]! ^= 1;
        }
        return page;
      },
    };
    await w.wallet.sync();
    lie = {};
    expect((await w.wallet.balance()).spendable).toBe(4_000n);
  });
});
