// What is killed: a board, a transfer, a payment that succeeds, a payment that fails and is revoked, a payment to us.
import assert from 'node:assert/strict';
import type { Devnet } from '../../../devnet/index.ts';
import { sats } from '../../../src/units.ts';
import type { Scenario } from './world.ts';

export const board: Scenario<{ seen: Set<string> }> = {
  name: 'board',
  async prepare({ devnet }, victim) {
    devnet.chain.fund(await victim.wallet.onchainAddress(), 100_000n);
    devnet.chain.mine(1);
    await victim.settle();
    return { seen: new Set((await victim.wallet.history()).map((l) => l.actionId ?? '')) };
  },
  async start({ wallet }, { seen }) {
    const mine = (await wallet.history()).find(
      (l) => l.actionId?.startsWith('board.') && !seen.has(l.actionId),
    );
    return mine?.actionId ?? (await wallet.board(sats(50_000n))).actionId;
  },
  async check(_world, { before, after, line }) {
    assert.equal(line.status, 'successful');
    const minerFee = BigInt(line.metadata['onchain_fee_sat'] as number);
    assert.equal(after.ark, before.ark + 50_000n - line.fee);
    assert.equal(after.onchain, before.onchain - 50_000n - minerFee);
    assert.equal(after.movements, before.movements + 1);
  },
};

export const arkoorSend: Scenario<{ address: string; had: bigint }> = {
  name: 'arkoor send',
  async prepare({ recipient }) {
    const { address } = await recipient.wallet.newAddress();
    return { address, had: (await recipient.wallet.balance()).total };
  },
  async start({ wallet }, { address }) {
    const mine = (await wallet.history()).find((l) => l.sentTo.some((d) => d.value === address));
    return (
      mine?.actionId ?? (await wallet.pay(await wallet.inspect(address), { amount: sats(7_000n) })).actionId
    );
  },
  async check({ recipient }, { before, after, line, context }) {
    assert.equal(line.status, 'successful');
    assert.equal(after.ark, before.ark - 7_000n);
    assert.equal(after.movements, before.movements + 1);
    assert.equal((await recipient.wallet.balance()).total, context.had + 7_000n);
  },
};

interface Invoice {
  bolt11: string;
  paymentHash: string;
}

const lightning = (name: string, prepared: (hash: string, fail: () => void) => void): Scenario<Invoice> => ({
  name,
  async prepare({ devnet }) {
    const invoice = devnet.lightning.createInvoice({ amountMsat: 5_000_000n, expirySeconds: 86_400 });
    prepared(invoice.paymentHash, () => devnet.lightning.failNext('NO_ROUTE', 1));
    return invoice;
  },
  async start({ wallet }, { bolt11, paymentHash }) {
    const mine = (await wallet.history()).find((l) => l.metadata['payment_hash'] === paymentHash);
    return mine?.actionId ?? (await wallet.pay(await wallet.inspect(bolt11))).actionId;
  },
  async check({ devnet }, { before, after, line, context }) {
    const received = devnet.lightning.invoice(context.paymentHash);
    const paid = received?.state === 'settled';
    // The recipient and we agree on what happened.
    assert.equal(line.status, paid ? 'successful' : 'failed');
    assert.equal(after.ark, paid ? before.ark - 5_000n - line.fee : before.ark);
    assert.equal(after.movements, before.movements + 1);
    if (paid) assert.equal(received.receivedMsat, 5_000_000n);
  },
});

export const lightningPaid = lightning('lightning send', () => undefined);
export const lightningFailed = lightning('lightning send that fails', (_hash, fail) => fail());

/** Somebody outside pays the invoice, once; resolves when the server holds the money. */
async function payFromOutside({ lightning, ark }: Devnet, invoice: string, hash: string): Promise<void> {
  if (!lightning.payer.payments.some((p) => p.paymentHash === hash)) lightning.payer.pay(invoice);
  while (ark.state.receives.get(hash)?.status === 'created') await new Promise((r) => setTimeout(r, 1));
}

let memos = 0;

/** From the wish for an invoice to the claimed coins. */
export const lightningReceive: Scenario<{ memo: string; devnet: Devnet }> = {
  name: 'lightning receive',
  withoutLine: true,
  prepare: ({ devnet }) => Promise.resolve({ memo: `crash ${memos++}`, devnet }),
  async start({ wallet }, { memo, devnet }) {
    const mine = (await wallet.invoices()).find((row) => row.memo === memo && row.bolt11 !== undefined);
    const made = mine ?? (await wallet.receiveLightning({ amount: sats(12_000n), memo }));
    const { hash } = made;
    await payFromOutside(devnet, 'invoice' in made ? made.invoice : (made.bolt11 ?? ''), hash);
    return `ln_recv.${hash}`;
  },
  async check({ devnet }, { before, after, actionId, line, victim }) {
    const hash = actionId.replace('ln_recv.', '');
    const row = await victim.wallet.invoice(hash);
    const payment = devnet.lightning.payer.payments.find((p) => p.paymentHash === hash);
    await payment?.ended;
    // The payer and we agree on what happened, and a preimage that is out has ended in coins.
    const paid = payment?.state === 'paid';
    assert.equal(row?.state === 'claimed', paid, `invoice ${row?.state}, payer ${payment?.state}`);
    assert.equal(devnet.ark.state.preimages.has(hash), paid);
    assert.equal(after.ark, paid ? before.ark + (row?.received ?? 0n) : before.ark);
    assert.equal(line?.status, paid ? 'successful' : row?.state === 'lost' ? 'failed' : undefined);
    assert.equal(after.movements, before.movements + (line ? 1 : 0));
    if (paid) assert.equal(row?.received, 12_000n - line.fee);
    // A draft of the life that ended is no invoice: nobody has seen it.
    const open = await victim.wallet.invoices('open');
    assert.deepEqual(
      open.filter((one) => one.state !== 'draft'),
      [],
    );
  },
};
