// A payment to us over Lightning, from the wish for an invoice to the claimed coins; and one that we take in for somebody
// else's address.
import assert from 'node:assert/strict';
import type { Devnet } from '../../../../devnet/index.ts';
import { sats } from '../../../../src/units.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

const MEMO = 'two coffees';

interface Context {
  /** Somebody else's, who gets the money, and had so much. */
  claimTo?: { address: string; had: bigint };
}

/** Somebody outside pays the invoice, once; resolves when the server holds the money. */
async function payFromOutside({ lightning, ark }: Devnet, invoice: string, hash: string): Promise<void> {
  const made = lightning.payer.payments.find((p) => p.paymentHash === hash);
  const payment = made ?? lightning.payer.pay(invoice);
  while (payment.state === 'pending' && ark.state.receives.get(hash)?.status === 'created')
    await new Promise((resolve) => setTimeout(resolve, 1));
}

const receive = (name: string, prepare: Scenario<Context>['prepare']): Scenario<Context> => ({
  name,
  prepare,
  async start({ devnet }, { wallet }, { claimTo }) {
    const mine = (await wallet.invoices()).find((row) => row.memo === MEMO && row.bolt11 !== undefined);
    const order = { amount: sats(12_000n), memo: MEMO, claimTo: claimTo?.address };
    const made = mine ?? (await wallet.receiveLightning(order));
    const { hash } = made;
    await payFromOutside(devnet, 'invoice' in made ? made.invoice : (made.bolt11 ?? ''), hash);
    return `ln_recv.${hash}`;
  },
  async check({ devnet, friend }, { context: { claimTo }, before, after, line, victim }) {
    const row = (await victim.wallet.invoices()).find((one) => one.memo === MEMO && one.state !== 'draft');
    const payment = devnet.lightning.payer.payments.find((p) => p.paymentHash === row?.hash);
    // An invoice that we called off too late for the server lets the payer go when it has expired.
    if (payment?.state === 'pending' && row?.state !== 'claimed') devnet.clock.advance(7 * 86_400_000);
    await payment?.ended;
    // The payer and we agree on what happened, and a preimage that is out has ended in coins.
    const paid = payment?.state === 'paid';
    assert.equal(row?.state === 'claimed', paid, `invoice ${row?.state}, payer ${payment?.state}`);
    assert.equal(devnet.ark.state.preimages.has(row?.hash ?? ''), paid);
    const gained = paid ? (row?.received ?? 0n) : 0n;
    assert.equal(after.ark, before.ark + (claimTo ? 0n : gained));
    assert.equal(line?.status, paid ? 'successful' : row?.state === 'lost' ? 'failed' : undefined);
    assert.equal(after.movements, before.movements + (line ? 1 : 0));
    if (paid) assert.equal(row?.received, 12_000n - (line?.fee ?? 0n));
    if (claimTo) {
      const { wallet } = await friend();
      await wallet.sync();
      assert.equal((await wallet.balance()).total, claimTo.had + gained, 'what the other one has');
    }
    // A draft of a life that ended is no invoice: nobody has seen it.
    const open = await victim.wallet.invoices('open');
    assert.deepEqual(
      open.filter((one) => one.state !== 'draft'),
      [],
    );
  },
});

export const receiveScenarios = [
  receive('Lightning payment to us', () => Promise.resolve({})),
  receive('Lightning payment for an address', async ({ friend }) => {
    const { wallet } = await friend();
    return {
      claimTo: { address: (await wallet.newAddress()).address, had: (await wallet.balance()).total },
    };
  }),
] as AnyScenario[];
