// A payment to us over Lightning, from the wish for an invoice to the claimed coins.
import assert from 'node:assert/strict';
import type { Devnet } from '../../../../devnet/index.ts';
import { sats } from '../../../../src/units.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

const MEMO = 'two coffees';

/** Somebody outside pays the invoice, once; resolves when the server holds the money. */
async function payFromOutside({ lightning, ark }: Devnet, invoice: string, hash: string): Promise<void> {
  const made = lightning.payer.payments.find((p) => p.paymentHash === hash);
  const payment = made ?? lightning.payer.pay(invoice);
  while (payment.state === 'pending' && ark.state.receives.get(hash)?.status === 'created')
    await new Promise((resolve) => setTimeout(resolve, 1));
}

const receive: Scenario<undefined> = {
  name: 'Lightning payment to us',
  prepare: () => Promise.resolve(undefined),
  async start({ devnet }, { wallet }) {
    const mine = (await wallet.invoices()).find((row) => row.memo === MEMO && row.bolt11 !== undefined);
    const made = mine ?? (await wallet.receiveLightning({ amount: sats(12_000n), memo: MEMO }));
    const { hash } = made;
    await payFromOutside(devnet, 'invoice' in made ? made.invoice : (made.bolt11 ?? ''), hash);
    return `ln_recv.${hash}`;
  },
  async check({ devnet }, { before, after, line, victim }) {
    const row = (await victim.wallet.invoices()).find((one) => one.memo === MEMO && one.state !== 'draft');
    const payment = devnet.lightning.payer.payments.find((p) => p.paymentHash === row?.hash);
    // An invoice that we called off too late for the server lets the payer go when it has expired.
    if (payment?.state === 'pending' && row?.state !== 'claimed') devnet.clock.advance(7 * 86_400_000);
    await payment?.ended;
    // The payer and we agree on what happened, and a preimage that is out has ended in coins.
    const paid = payment?.state === 'paid';
    assert.equal(row?.state === 'claimed', paid, `invoice ${row?.state}, payer ${payment?.state}`);
    assert.equal(devnet.ark.state.preimages.has(row?.hash ?? ''), paid);
    assert.equal(after.ark, paid ? before.ark + (row?.received ?? 0n) : before.ark);
    assert.equal(line?.status, paid ? 'successful' : row?.state === 'lost' ? 'failed' : undefined);
    assert.equal(after.movements, before.movements + (line ? 1 : 0));
    if (paid) assert.equal(row?.received, 12_000n - (line?.fee ?? 0n));
    // A draft of a life that ended is no invoice: nobody has seen it.
    const open = await victim.wallet.invoices('open');
    assert.deepEqual(
      open.filter((one) => one.state !== 'draft'),
      [],
    );
  },
};

export const receiveScenarios = [receive] as AnyScenario[];
