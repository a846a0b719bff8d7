// A server that lies to a wallet which wants to receive: whatever it answers, the preimage leaves only for coins that are
// worth it, and from then on it always ends in them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import type { ReceiveLie } from '../../devnet/ark/receive-lies.ts';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { lightningReceiveFee } from '../../src/ark/fees.ts';
import { sats } from '../../src/units.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import type { WalletPorts } from '../../src/wallet/ports.ts';
import { devChainSource } from './support/chain-source.ts';
import { newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
const opened: Instance[] = [];

/** Replaces calls of the server for the wallets. */
let twist: Partial<ArkServer> = {};
/** What the wallets found wrong with coins that they were offered. */
const problems: unknown[] = [];
const wrap = (ports: WalletPorts): WalletPorts => ({
  ...ports,
  server: async () => ({ ...(await ports.server()), ...twist }),
  log: { ...ports.log, warn: (_text, facts) => void (facts?.['problem'] && problems.push(facts['problem'])) },
});

async function open(): Promise<Instance> {
  const instance = await newWallet(devnet, { chain: devChainSource(devnet.chain), wrap });
  opened.push(instance);
  return instance;
}

beforeAll(async () => {
  devnet = await startDevnet();
});
afterAll(async () => {
  for (const instance of opened) await instance.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

async function lying<T>(lie: ReceiveLie, body: () => Promise<T>): Promise<T> {
  devnet.ark.config.receiveLie = lie;
  try {
    return await body();
  } finally {
    delete devnet.ark.config.receiveLie;
  }
}

const amount = sats(30_000n);
const net = () => amount - lightningReceiveFee(devnet.ark.config.fees.lightningReceive, amount);

/** An invoice, and somebody's money for it at the server. */
async function arrived({ wallet }: Instance) {
  const { invoice, hash } = await wallet.receiveLightning({ amount });
  const action = async () => (await wallet.pending()).find((a) => a.id.endsWith(hash));
  await expect.poll(async () => (await action())?.version).toBe(2);
  const payment = devnet.lightning.payer.pay(invoice);
  await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).toBe('accepted');
  return { hash, payment };
}

/** How often the server was shown preimages so far; that of this hash is not among them. */
const claims = (hash: string): number => {
  expect(devnet.ark.state.preimages.has(hash)).toBe(false);
  return devnet.ark.faults.calls.filter((c) => c.method === 'ClaimLightningReceive').length;
};

describe('an invoice that is not what was asked for', () => {
  const lies: [ReceiveLie, string][] = [
    ['invoice-hash', 'payment hash'],
    ['invoice-network', 'network'],
    ['invoice-amount', 'amount'],
    ['invoice-description', 'description'],
    ['invoice-final-delta', 'min_final_cltv'],
    ['invoice-time', 'timestamp'],
    ['invoice-expiry', 'expiry'],
    ['invoice-garbage', 'not an invoice'],
  ];
  for (const [lie, problem] of lies) {
    test(`is never shown (${lie})`, async () => {
      const w = await open();
      await lying(lie, () =>
        expect(w.wallet.receiveLightning({ amount, memo: 'tea' })).rejects.toMatchObject({
          code: 'SERVER_MISBEHAVED',
          details: { problem },
        }),
      );
      expect(await w.wallet.invoices('open')).toEqual([]);
      expect(await w.wallet.pending()).toEqual([]);
      expect(await w.wallet.invoices()).toMatchObject([{ state: 'cancelled' }]);
      expect((await w.wallet.invoices())[0]?.bolt11).toBeUndefined();
    });
  }
});

describe('coins that are not worth the preimage', () => {
  const lies: [ReceiveLie, string][] = [
    ['foreign-hash', 'payment hash'],
    ['foreign-key', 'key'],
    ['plain-policy', 'policy'],
    ['old-policy', 'policy'],
    ['early-expiry', 'htlc expiry'],
    ['long-delta', 'htlc expiry'],
    ['short', 'amount'],
    ['twice', 'a coin twice'],
    ['none', 'no coins'],
    ['tree-expiry', 'tree expiry'],
    ['exit-delta', 'exit delta'],
    ['server-key', 'server key'],
    ['signature', 'chain'],
    ['bytes', 'undecodable'],
  ];
  for (const [lie, problem] of lies) {
    test(`do not get it (${lie})`, async () => {
      const w = await open();
      const { hash } = await arrived(w);
      const before = claims(hash);
      await lying(lie, () => w.settle());
      expect(problems.at(-1)).toBe(problem);
      expect(await w.wallet.invoice(hash)).toMatchObject({
        state: 'cancelled',
        failure: { code: 'SERVER_MISBEHAVED' },
      });
      expect(claims(hash)).toBe(before);
      expect(await w.wallet.coins(true)).toEqual([]);
      expect(await w.wallet.history()).toEqual([]);
    });
  }

  test('because the fee went up since the invoice was made', async () => {
    const w = await open();
    const { hash } = await arrived(w);
    const { fees } = devnet.ark.config;
    const dearer = { ...fees, lightningReceive: { ...fees.lightningReceive, baseFee: sats(5_000n) } };
    devnet.ark.config.fees = dearer;
    try {
      await w.settle();
    } finally {
      devnet.ark.config.fees = fees;
    }
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'cancelled' });
    claims(hash);
  });
});

describe('on a bad network', () => {
  const calls = ['CheckLightningReceive', 'PrepareLightningReceiveClaim', 'ClaimLightningReceive'] as const;
  const faults: [name: string, add: (method: string) => void][] = [
    ['its answer is lost', (method) => devnet.ark.faults.dropResponse(method)],
    ['it never arrives', (method) => devnet.ark.faults.dropRequest(method)],
    ['it fails with INTERNAL', (method) => devnet.ark.faults.fail(method, Code.Internal)],
    ['it fails with UNAVAILABLE', (method) => devnet.ark.faults.fail(method, Code.Unavailable)],
    ['it fails with RESOURCE_EXHAUSTED', (method) => devnet.ark.faults.fail(method, Code.ResourceExhausted)],
  ];
  for (const [fault, add] of faults) {
    for (const method of calls) {
      test(`${method}: ${fault}, and the money comes all the same`, async () => {
        const w = await open();
        const { hash, payment } = await arrived(w);
        add(method);
        await w.settle();
        await payment.ended;
        expect(payment.state).toBe('paid');
        expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'claimed', received: net() });
        expect((await w.wallet.balance()).spendable).toBe(net());
        expect(await w.wallet.history()).toHaveLength(1);
      });
    }
  }

  test('StartLightningReceive: a lost answer is asked for again, with the same hash', async () => {
    const w = await open();
    devnet.ark.faults.dropResponse('StartLightningReceive');
    const { invoice, hash } = await w.wallet.receiveLightning({ amount });
    expect((await w.wallet.invoices()).map((row) => row.hash)).toEqual([hash]);
    expect(devnet.ark.state.receives.get(hash)?.invoice).toBe(invoice);
  });

  test('StartLightningReceive: a server that is gone leaves a draft that is over', async () => {
    const w = await open();
    devnet.ark.faults.fail('StartLightningReceive', Code.Unavailable, 'gone', 2);
    await expect(w.wallet.receiveLightning({ amount })).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(await w.wallet.invoices()).toMatchObject([{ state: 'cancelled' }]);
  });
});

describe('once the preimage is out', () => {
  test('a server that takes it and refuses to sign is asked until it does', async () => {
    const w = await open();
    const { hash, payment } = await arrived(w);
    devnet.ark.faults.add(
      'ClaimLightningReceive',
      { kind: 'fail-after', code: Code.InvalidArgument, message: 'no' },
      3,
    );
    await w.settle();
    await payment.ended;
    expect(payment.state).toBe('paid');
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'claimed' });
    expect((await w.wallet.balance()).spendable).toBe(net());
  });

  test('its money counts as on its way, not as spendable, and cannot be called off', async () => {
    const w = await open();
    const { hash } = await arrived(w);
    devnet.ark.faults.fail('ClaimLightningReceive', Code.InvalidArgument, 'no', 2);
    await w.wallet.sync();
    await expect.poll(async () => (await w.wallet.invoice(hash))?.state).toBe('preimage-revealed');
    const waiting = await w.wallet.balance();
    expect(waiting).toMatchObject({ pendingLightningReceive: net(), spendable: 0n, total: net() });
    await expect(w.wallet.cancelInvoice(hash)).rejects.toMatchObject({ code: 'PAYMENT_IN_PROGRESS' });
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBe(net());
  });

  test('wrong signatures of the server do not end it', async () => {
    const w = await open();
    const { hash } = await arrived(w);
    let left = 2;
    const honest = await w.ports.server();
    twist = {
      claimLightningReceive: async (request) => {
        const answer = await honest.claimLightningReceive(request);
        if (left-- > 0) answer.parts[0]?.serverPartialSigs[0]?.fill(1);
        return answer;
      },
    };
    try {
      await w.settle();
    } finally {
      twist = {};
    }
    expect(left).toBeLessThan(0);
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'claimed' });
    expect((await w.wallet.balance()).spendable).toBe(net());
  });

  test('a server that refuses until the coins have run out is told as what it is', async () => {
    const w = await open();
    const { hash } = await arrived(w);
    devnet.ark.faults.dropRequest('ClaimLightningReceive', 1000);
    await w.wallet.sync();
    await expect.poll(async () => (await w.wallet.invoice(hash))?.state).toBe('preimage-revealed');
    devnet.ark.faults.clear();
    devnet.chain.mine(300);
    await w.settle();
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'lost' });
    expect((await w.wallet.balance()).total).toBe(0n);
    expect(await w.wallet.history()).toMatchObject([
      { status: 'failed', effective: 0n, metadata: { payment_hash: hash } },
    ]);
  });
});
