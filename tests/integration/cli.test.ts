// The cli as a script uses it: processes, exit codes, JSON. Devnet in this process.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet } from '../../devnet/index.ts';
import type { Devnet } from '../../devnet/index.ts';

interface Done {
  code: number | null;
  stdout: string;
  stderr: string;
}
type Json = Record<string, never> & { [key: string]: string };

const node = join(process.cwd(), 'node_modules/.bin/node');
const root = mkdtempSync(join(tmpdir(), 'skiff-cli-'));
let devnet: Devnet;

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
});
afterAll(async () => {
  await devnet.stop();
  rmSync(root, { recursive: true, force: true });
});

function start(args: readonly string[]): { child: ChildProcess; done: Promise<Done> } {
  // Compiled code is kept between the many processes: half of a short command is loading.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'compiled') };
  const child = spawn(node, ['cli/main.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    child,
    done: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

function walletAt(name: string) {
  const datadir = join(root, name);
  const run = (...args: string[]) => start(['-q', '--datadir', datadir, ...args]).done;
  const text = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  };
  const json = async <T = Json>(...args: string[]) => JSON.parse(await text(...args)) as T;
  return { datadir, run, text, json };
}

const create = (name: string) => {
  const wallet = walletAt(name);
  return wallet
    .text('create', '--regtest', '--ark', devnet.arkUrl, '--esplora', devnet.esploraUrl)
    .then(() => wallet);
};

/** A wallet with `sat` boarded. */
async function funded(name: string, sat: number) {
  const wallet = await create(name);
  const { address } = await wallet.json('onchain', 'address');
  devnet.chain.fund(address!, BigInt(sat) + 100_000n);
  devnet.chain.mine(1);
  await wallet.json('board', `${sat} sats`);
  devnet.chain.mine(1);
  await wallet.text('maintain');
  return wallet;
}

type Invoice = { bolt11: string; paymentHash: string };
const invoice = (amountSat: number, hold = false) =>
  devnet.control['invoice']!({ amountSat, hold }) as Invoice;
const spendable = async (wallet: Awaited<ReturnType<typeof create>>) =>
  (await wallet.json<Record<string, number>>('balance')).spendable_sat;

describe('create', () => {
  test('makes a folder that only the owner can read, and does not touch a wallet that is there', async () => {
    const wallet = await create('fresh');
    expect(readFileSync(join(wallet.datadir, 'mnemonic'), 'utf8').split(' ')).toHaveLength(12);
    const again = await wallet.run(
      'create',
      '--regtest',
      '--ark',
      devnet.arkUrl,
      '--esplora',
      devnet.esploraUrl,
    );
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('Datadir has unexpected contents');
    expect((await wallet.json('config')).server_address).toBe(devnet.arkUrl);
    expect((await wallet.json('ark-info')).network).toBe('regtest');
    expect(await wallet.text('address')).toMatch(/^tark1p/);
    expect(await wallet.text('address', '--index', '0')).not.toBe(await wallet.text('address'));
  });

  test('that fails leaves nothing behind', async () => {
    const wallet = walletAt('failed');
    const at = (ark: string, network: string) =>
      wallet.run('create', network, '--ark', ark, '--esplora', devnet.esploraUrl);
    expect((await at('http://127.0.0.1:9', '--regtest')).code).toBe(1);
    expect(existsSync(wallet.datadir)).toBe(false);
    expect((await at(devnet.arkUrl, '--signet')).code).toBe(1);
    expect(existsSync(wallet.datadir)).toBe(false);
    expect((await wallet.run('create')).stderr).toContain('Specify exactly one of');
    expect((await wallet.run('balance')).stderr).toContain('No wallet found');
    expect((await wallet.run('frob')).code).toBe(2);
  });

  test('from a config file takes over what it says', async () => {
    const first = await create('model');
    const datadir = mkdtempSync(join(root, 'configured-'));
    writeFileSync(join(datadir, 'config.toml'), readFileSync(join(first.datadir, 'config.toml')));
    const done = await start(['-q', '--datadir', datadir, 'create', '--regtest']).done;
    expect(done).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('receiving over Lightning', () => {
  test('an invoice is made, listed, paid and claimed; another one is called off', async () => {
    const wallet = await create('payee');
    const made = await wallet.json('lightning', 'invoice', '20000 sats', '--description', 'tea');
    const second = await wallet.json('lightning', 'invoice', '0.00003 BTC');
    const listed = await wallet.json<Json[]>('lightning', 'invoices');
    expect(listed.map((one) => [one.invoice, one.state])).toEqual([
      [made.invoice, 'awaiting-payment'],
      [second.invoice, 'awaiting-payment'],
    ]);
    const { paymentHash } = devnet.control['pay']!({ invoice: made.invoice }) as { paymentHash: string };
    await expect.poll(() => devnet.ark.state.receives.get(paymentHash)?.status).toBe('accepted');
    await wallet.text('lightning', 'claim', made.invoice!, '--wait');
    expect(await spendable(wallet)).toBe(20_000 - 140);
    const status = await wallet.json('lightning', 'receive', 'status', paymentHash);
    expect(status).toMatchObject({ payment_hash: paymentHash, state: 'settled', amount_sat: 20_000 });
    const same = await wallet.json('lightning', 'receive', 'status', '--preimage', status.payment_preimage!);
    expect(same).toEqual(status);
    await wallet.text('lightning', 'receive', 'cancel', second.invoice!);
    expect(await wallet.json('lightning', 'invoices')).toEqual([]);
    const gone = await wallet.run('lightning', 'receive', 'status', second.invoice!);
    expect(gone).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no pending lightning receive') as string,
    });
    expect((await wallet.run('lightning', 'claim', 'nonsense')).stderr).toContain(
      'invalid invoice or payment hash',
    );
    const late = await wallet.run('lightning', 'receive', 'cancel', paymentHash);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('already arrived') as string });
  });
});

describe('being paid under an offer', () => {
  const what = 'a static-invoice server is chosen, answers while no command runs, and is given up again';
  test(what, { timeout: 300_000 }, async () => {
    const wallet = await create('offered');
    const { outside, offerPayer } = devnet.ark;
    const chosen = await wallet.json('offer', 'server', outside.address, ...outside.invite('cli'));
    expect(chosen).toMatchObject({ server: outside.address, link: 'connected' });
    const own = await wallet.json('offer');
    const payment = offerPayer.pay(own.offer!, 20_000_000n, { firstOnly: true });
    await expect.poll(() => payment.state).toBe('holding');
    for (let runs = 0; runs < 5 && payment.state !== 'paid'; runs++) await wallet.text('maintain');
    expect(payment.state).toBe('paid');
    expect(await spendable(wallet)).toBe(20_000 - 140);
    const bad = await wallet.run('offer', 'server', 'nonsense');
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('wss://host') as string });
    expect(await wallet.json('offer', 'server', '--own')).toEqual({
      server: null,
      paths: [],
      link: 'mailbox',
    });
  });
});

describe('paying', () => {
  test('two wallets pay each other, a shop is paid over Lightning, and the books agree', async () => {
    const [alice, bob] = await Promise.all([funded('alice', 200_000), create('bob')]);
    const before = (await spendable(alice)) as number;
    await alice.text('send', await bob.text('address'), '50000 sats');
    expect(await spendable(bob)).toBe(50_000);
    await bob.text('send', await alice.text('address'), '0.0002 BTC');
    expect([await spendable(alice), await spendable(bob)]).toEqual([before - 30_000, 30_000]);

    const bill = invoice(5000);
    await alice.text('lightning', 'pay', 'invoice', bill.bolt11, '--wait');
    const status = await alice.json('lightning', 'pay', 'status', bill.bolt11);
    expect(status).toMatchObject({ payment_hash: bill.paymentHash, state: 'paid' });
    expect(await alice.json('lightning', 'pay', 'status', '--preimage', status.preimage!)).toEqual(status);
    const twice = await alice.run('send', bill.bolt11, '--wait');
    expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining('already paid')]);

    const history = await alice.json<Array<{ effective_balance_sat: number; status: string }>>('history');
    const sum = history.reduce((total, m) => total + m.effective_balance_sat, 0);
    expect(history.every((m) => m.status === 'successful')).toBe(true);
    expect(await spendable(alice)).toBe(sum);
    const coins = await alice.json<Array<{ amount_sat: number }>>('vtxos', '--no-sync');
    expect(coins.reduce((total, c) => total + c.amount_sat, 0)).toBe(sum);
  });

  test('an offer and a Lightning address are paid, and the history names them', async () => {
    const wallet = await funded('generous', 100_000);
    const { text: offer } = devnet.lightning.createOffer({ amountMsat: 4_000_000n });
    await wallet.text('send', offer, '--wait', '--retry-for', '45');
    const started = devnet.ark.faults.calls.findLast((c) => c.method === 'InitiateLightningPayment');
    expect(started?.request).toMatchObject({ retryForSecs: 45 });
    const paid = devnet.lightning.invoices.at(-1)!;
    expect(paid).toMatchObject({ state: 'settled', receivedMsat: 4_000_000n });
    expect(await wallet.json('lightning', 'pay', 'status', paid.text)).toMatchObject({ state: 'paid' });

    const address = `alice@localhost:${new URL(devnet.esploraUrl).port}`;
    await wallet.text('lightning', 'pay', 'invoice', address, '2000 sats', 'for the coffee', '--wait');
    expect(devnet.lnurl.asked.at(-1)).toMatchObject({ amountMsat: 2_000_000n, comment: 'for the coffee' });
    type Lines = Array<{ sent_to: Array<{ destination: { type: string; value: string } }> }>;
    const sent = (await wallet.json<Lines>('history')).flatMap((m) => m.sent_to.map((s) => s.destination));
    expect(sent.toSorted((a, b) => a.type.localeCompare(b.type))).toEqual([
      { type: 'lightning-address', value: address },
      { type: 'offer', value: offer },
    ]);
  });

  test('a bitcoin address is paid from the Ark coins, as bark does; without an amount it is refused', async () => {
    const wallet = await funded('chainward', 150_000);
    const { address } = await (await create('chainside')).json('onchain', 'address');
    const before = (await spendable(wallet)) as number;
    expect((await wallet.run('send', address!)).stderr).toContain('give an amount');
    expect((await wallet.run('lightning', 'pay', 'invoice', address!, '1 sat')).stderr).toContain(
      'not a valid BOLT-11',
    );
    await wallet.text('send', `bitcoin:${address}?amount=0.0005`);
    expect(await spendable(wallet)).toBeLessThan(before - 50_000);
    const [line] = (await wallet.json<object[]>('history')).slice(-1);
    expect(line).toMatchObject({
      subsystem: { name: 'bark.offboard', kind: 'send_onchain' },
      intended_balance_sat: -50_000,
      sent_to: [{ destination: { type: 'bitcoin', value: address }, amount_sat: 50_000 }],
    });
  });

  test('what cannot be paid is refused with a sentence, and nothing moves', async () => {
    const wallet = await funded('careful', 100_000);
    const before = await wallet.text('balance');
    const bill = invoice(1000).bolt11;
    const wrong = bill.slice(0, -1) + (bill.endsWith('q') ? 'p' : 'q');
    for (const [args, sentence] of [
      [['send', wrong], 'checksum'],
      [['send', invoice(90_000_000).bolt11], 'sat'],
      [['send', await wallet.text('address')], 'enter an amount'],
      [['send', 'ben@example.com'], 'enter an amount'],
      [['send', invoice(1000).bolt11, '1000 sats', 'hello'], 'comment is not supported for BOLT-11 invoices'],
      [['send', 'hello'], 'nothing that can be paid'],
      [
        ['lightning', 'pay', 'invoice', await wallet.text('address'), '5 sats'],
        'not a valid BOLT-11 invoice',
      ],
      [['onchain', 'send', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', '1000 sats'], 'another network'],
      [['board', '100 sats'], 'sat'],
      [['board'], 'either an amount or --all'],
    ] as const) {
      const { code, stderr, stdout } = await wallet.run(...args, '--no-sync');
      expect([args[1], code, stdout]).toEqual([args[1], 1, '']);
      expect(stderr).toContain(sentence);
    }
    expect((await wallet.run('send', bill, '5')).code).toBe(2);
    expect((await wallet.run('send', bill, '--retry-for', 'soon')).code).toBe(2);
    expect(await wallet.text('balance')).toBe(before);
  });

  test('a payment that fails on its way gives the money back', async () => {
    const wallet = await funded('unlucky', 100_000);
    const before = await spendable(wallet);
    devnet.control['lightning/fail']!({ reason: 'NO_ROUTE' });
    const { code, stderr } = await wallet.run('lightning', 'pay', 'invoice', invoice(5000).bolt11, '--wait');
    expect([code, stderr]).toEqual([1, expect.stringContaining('An error occurred')]);
    expect(await spendable(wallet)).toBe(before);
  });

  test('killed while the shop takes its time, the next command finishes the payment', async () => {
    const wallet = await funded('killed', 100_000);
    const bill = invoice(5000, true);
    const status = (...more: string[]) =>
      wallet.json('lightning', 'pay', 'status', bill.paymentHash, ...more);
    const running = start([
      '-q',
      '--datadir',
      wallet.datadir,
      'lightning',
      'pay',
      'invoice',
      bill.bolt11,
      '--wait',
    ]);
    await shopHolds(bill.paymentHash);
    const second = await wallet.run('balance');
    expect([second.code, second.stderr]).toEqual([
      1,
      expect.stringContaining('Another process is using the wallet'),
    ]);
    running.child.kill('SIGKILL');
    await running.done;
    expect((await status('--no-sync')).state).toBe('payment-initiated');
    devnet.control['lightning/settle']!({ paymentHash: bill.paymentHash });
    await wallet.text('maintain');
    expect(await status('--no-sync')).toMatchObject({
      state: 'paid',
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

/** Resolves once the payment waits at the shop. */
async function shopHolds(paymentHash: string): Promise<void> {
  const state = () =>
    (devnet.control['invoices']!({}) as Array<{ paymentHash: string; state: string }>).find(
      (i) => i.paymentHash === paymentHash,
    )?.state;
  for (let i = 0; i < 600 && state() !== 'held'; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(state()).toBe('held');
}

describe('the on-chain wallet', () => {
  test('sends to an address and counts its change as its own', async () => {
    const wallet = await create('miner');
    const other = await create('other');
    devnet.chain.fund((await wallet.json('onchain', 'address')).address!, 300_000n);
    devnet.chain.mine(1);
    const to = (await other.json('onchain', 'address')).address!;
    const { txid } = await wallet.json('onchain', 'send', to, '100000 sats');
    expect(txid).toMatch(/^[0-9a-f]{64}$/);
    const mine = await wallet.json<Record<string, number>>('onchain', 'balance');
    expect(mine.trusted_pending_sat).toBeGreaterThan(199_000);
    expect(mine.total_sat).toBe(mine.trusted_spendable_sat);
    expect(await other.json('onchain', 'balance')).toMatchObject({
      untrusted_pending_sat: 100_000,
      confirmed_sat: 0,
    });
    devnet.chain.mine(1);
    expect(await other.json('onchain', 'balance')).toMatchObject({
      confirmed_sat: 100_000,
      trusted_spendable_sat: 100_000,
    });
  });
});

describe('coins', () => {
  const statesOf = async (wallet: Awaited<ReturnType<typeof create>>, ...args: string[]) =>
    (await wallet.json<{ id: string; state: { type: string } }[]>(...args)).map((c) => [c.id, c.state.type]);

  test('are shown, dropped, brought back as bytes, and taken for what the server says', async () => {
    const wallet = await funded('collector', 60_000);
    const [coin] = await wallet.json<Record<string, unknown>[]>('vtxos');
    const id = String(coin?.['id']);
    const raw = await wallet.text('raw-vtxo', id);
    const { state: _state, ...facts } = coin ?? {};
    expect(await wallet.json('dev', 'vtxo', 'decode', raw)).toEqual(facts);
    expect((await wallet.run('dev', 'vtxo', 'drop', '--all')).stderr).toContain('--dangerous');
    await wallet.text('dev', 'vtxo', 'drop', '--dangerous', '--vtxo', id);
    expect(await wallet.json('vtxos', '--all', '--no-sync')).toEqual([]);
    expect(await statesOf(wallet, 'dev', 'vtxo', 'import', raw)).toEqual([[id, 'spendable']]);
    Object.assign(devnet.ark.state.vtxos.get(id) ?? {}, { state: 'spent' });
    const adopt = ['dev', 'vtxo', 'trust-and-adopt-server-status', '--dangerous', '--all'];
    expect(await statesOf(wallet, ...adopt)).toEqual([[id, 'spent']]);
    Object.assign(devnet.ark.state.vtxos.get(id) ?? {}, { state: 'spendable' });
    expect(await statesOf(wallet, ...adopt)).toEqual([[id, 'spent']]);
  });

  test('a refresh that is killed before its round is called off, or taken up by another life', async () => {
    const wallet = await funded('attendant', 70_000);
    const listening = () => devnet.ark.faults.calls.filter((c) => c.method === 'SubscribeRounds').length;
    const before = listening();
    const { child, done } = start(['-q', '--datadir', wallet.datadir, 'refresh', '--all']);
    while (listening() === before) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await done;
    const [round] = await wallet.json<Json[]>('round', 'list');
    expect(round).toMatchObject({ state: 'pending', unlock_hash: null, funding_txid: null });
    await wallet.text('round', 'cancel', '--round', String(round?.['id']));
    expect(await statesOf(wallet, 'vtxos')).toMatchObject([[expect.any(String), 'spendable']]);

    let over = false;
    const refreshed = wallet.json('refresh', '--all').finally(() => (over = true));
    while (!over) await devnet.ark.round();
    expect(await refreshed).toMatchObject({ status: 'unconfirmed' });
    devnet.chain.mine(1);
    await wallet.text('maintain');
    expect(await wallet.json('vtxos')).toMatchObject([
      { chain_anchor: `${(await refreshed).funding_txid}:0` },
    ]);
  });
});
