// A server that has seen the preimage and will not sign: in the last hours the HTLC coins leave by the chain, and the
// preimage opens them there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { allExits } from '../../src/store/exits.ts';
import { sats } from '../../src/units.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

let devnet: Devnet;
let w: Instance;

beforeAll(async () => {
  devnet = await startDevnet();
  devnet.chain.mine(110);
  w = await newWallet(devnet, { config: { doubleDrive: true } });
});
afterAll(async () => {
  await w.close();
  expect(devnet.ark.nonces.repeats).toEqual([]);
  await devnet.stop();
});

const onchain = async () => {
  const { confirmed, unconfirmed, reserved } = (await w.wallet.balance()).onchain;
  return confirmed + unconfirmed + reserved;
};

test(
  'HTLC coins that the server will not exchange come on-chain with the preimage',
  { timeout: 120_000 },
  async () => {
    await fund(devnet, w, 60_000n);
    devnet.chain.fund(await w.wallet.onchainAddress(), 200_000n);
    devnet.chain.mine(1);
    await w.wallet.sync();
    const { spendable } = await w.wallet.balance();

    const { invoice, hash } = await w.wallet.receiveLightning({ amount: sats(300_000n) });
    devnet.ark.faults.add(
      'ClaimLightningReceive',
      { kind: 'fail', code: Code.InvalidArgument, message: 'no' },
      1_000_000,
    );
    devnet.lightning.payer.pay(invoice);
    await expect.poll(() => devnet.ark.state.receives.get(hash)?.status).not.toBe('created');
    await w.wallet.sync();
    await expect.poll(async () => (await w.wallet.invoice(hash))?.state).toBe('preimage-revealed');
    const held = (await w.wallet.coins()).filter((c) => c.holder === `ln_recv.${hash}`);
    const worth = held.reduce((sum, c) => sum + c.amount, 0n);
    expect(worth).toBe(300_000n - 700n);
    const from = devnet.chain.height();

    // A hiccup is no reason to think of the chain.
    await w.wallet.sync();
    expect(await w.db.read(['exits'], allExits)).toEqual([]);

    const work = async () => {
      devnet.clock.advance(3_600_000);
      await w.wallet.sync();
    };
    await work();
    expect(await w.db.read(['exits'], allExits)).toMatchObject(held.map(() => ({ status: 'foreseen' })));
    expect((await w.wallet.invoice(hash))?.state).toBe('preimage-revealed');
    const [due] = (await w.db.read(['exits'], allExits)).map((row) => row.dueHeight ?? 0);
    expect(due).toBeGreaterThan(from);
    expect(due).toBeLessThan(from + 20);
    devnet.chain.mine(due! - devnet.chain.height());
    await work();
    expect(await w.wallet.invoice(hash)).toMatchObject({ state: 'exited' });
    expect(await w.wallet.movement(`ln_recv.${hash}`)).toMatchObject({
      status: 'failed',
      exited: expect.arrayContaining(held.map((c) => c.id)) as string[],
    });

    const before = await onchain();
    for (let i = 0; i < 100 && (await w.wallet.pending()).length > 0; i++) {
      devnet.chain.mine(5);
      await work();
    }
    expect(await w.wallet.pending()).toEqual([]);
    expect((await w.db.read(['exits'], allExits)).map((row) => row.status)).toEqual(
      held.map(() => 'claimed'),
    );
    expect(devnet.chain.height()).toBeLessThan(from + 250);
    const gained = (await onchain()) - before;
    expect(gained).toBeGreaterThan(worth - 60_000n);
    expect((await w.wallet.balance()).spendable).toBe(spendable);
  },
);
