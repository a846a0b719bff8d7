// Payments over Lightning: what is paid with, how it goes, and what the world does meanwhile.
import assert from 'node:assert/strict';
import { Code } from '@connectrpc/connect';
import type { DevInvoice } from '../../../../devnet/lightning/invoice.ts';
import { SkiffError } from '../../../../src/errors.ts';
import type { ArkServer } from '../../../../src/server/connect.ts';
import { sats } from '../../../../src/units.ts';
import type { Instance } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export interface Bill {
  /** What is paid: an invoice, an offer, a link. */
  text: string;
  amount: bigint;
  /** Invoices that were there before. */
  invoices: number;
  /** How often the scenario's own trick was played. */
  tricks: number;
}

const DAY = 86_400;

const bill = ({ devnet }: World, text: string, amount = 5_000n): Bill => ({
  text,
  amount,
  invoices: devnet.lightning.invoices.length,
  tricks: 0,
});

/** A new bill for an invoice of `amount`. */
function invoiceBill(world: World, more: { hold?: boolean } = {}, amount = 5_000n): Bill {
  const made = bill(world, '', amount);
  const { bolt11 } = world.devnet.lightning.createInvoice({
    amountMsat: amount * 1000n,
    expirySeconds: DAY,
    ...more,
  });
  return { ...made, text: bolt11 };
}

const ownInvoices = ({ devnet }: World, { invoices }: Bill): readonly DevInvoice[] =>
  devnet.lightning.invoices.slice(invoices);

const lineOf = async ({ wallet }: Instance, { text }: Bill) =>
  (await wallet.history()).find((l) => l.sentTo.some((d) => d.value === text));

/** Pays, or finds it paid or under way. */
async function payOnce(_world: World, victim: Instance, context: Bill): Promise<string> {
  const mine = await lineOf(victim, context);
  if (mine?.actionId !== undefined) return mine.actionId;
  const { wallet } = victim;
  const instruction = await wallet.inspect(context.text);
  const asks = instruction.amount === undefined ? { amount: sats(context.amount) } : {};
  return (await wallet.pay(instruction, asks)).actionId;
}

/** Whatever happened: the recipients and the wallet agree on it, to the satoshi. */
async function agree(world: World, { before, after, line, context }: Parameters<Scenario<Bill>['check']>[1]) {
  assert.ok(line);
  const received = ownInvoices(world, context).filter((i) => i.state === 'settled');
  const paid = line.status === 'successful';
  assert.equal(received.length, paid ? 1 : 0, `recipient and history (${line.status}) agree`);
  if (paid) assert.equal(received[0]!.receivedMsat, context.amount * 1000n);
  else assert.equal(line.status, 'failed');
  assert.equal(after.ark, paid ? before.ark - context.amount - line.fee : before.ark);
  assert.equal(after.movements, before.movements + 1);
}

const lightning = (name: string, more: Partial<Scenario<Bill>> = {}): Scenario<Bill> => ({
  name,
  prepare: async (world) => invoiceBill(world),
  start: payOnce,
  check: agree,
  ...more,
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Drives until the payment has arrived at the recipient's node, or ended before that. */
async function untilHeld(world: World, victim: Instance, id: string, context: Bill): Promise<boolean> {
  const { clock } = world.devnet;
  const [invoice] = ownInvoices(world, context);
  for (;;) {
    const now = victim.ports.now(); // throws when it is dead
    const open = (await victim.wallet.pending()).find((a) => a.id === id);
    if (invoice?.state === 'held') return true;
    if (!open || invoice?.state !== 'open') return false;
    // It waits for another try.
    if (open.wakeAt !== undefined && open.wakeAt > now) {
      clock.advance(open.wakeAt - now);
      await victim.wallet.resume();
    }
    await pause();
  }
}

/** The Ark server has heard of the end of the payment. */
async function untilOver({ devnet }: World, victim: Instance, hash: string): Promise<void> {
  while (devnet.ark.state.attempts.get(hash)?.at(-1)?.status === 'pending') {
    victim.ports.now();
    await pause();
  }
}

const paid = lightning('Lightning payment');

const refused = lightning('Lightning payment that is refused', {
  prepare: async (world) => refusedBill(world),
});

const stuck = lightning('Lightning payment whose revocation is refused at first', {
  prepare: async (world) => refusedBill(world),
  arm: ({ devnet }) =>
    devnet.ark.faults.fail('RequestLightningPayHtlcRevocation', Code.InvalidArgument, 'not now', 2),
});

function refusedBill(world: World): Bill {
  const context = invoiceBill(world);
  world.devnet.lightning.cancel(ownInvoices(world, context)[0]!.paymentHash);
  return context;
}

const reclaimed = lightning('Lightning payment that the server never starts', {
  arm: ({ devnet }) =>
    devnet.ark.faults.fail('RequestLightningPayHtlcCosign', Code.InvalidArgument, 'no thanks', 1000),
});

/** The HTLC is granted, the answer lost; meanwhile blocks pass, so that the same request is refused as too late. */
const granted = (name: string, blocks: number) =>
  lightning(name, {
    wrap: ({ devnet }, ports, context) => ({
      ...ports,
      server: async () => {
        const server = await ports.server();
        const requestLightningPayHtlcCosign: ArkServer['requestLightningPayHtlcCosign'] = async (request) => {
          const answer = await server.requestLightningPayHtlcCosign(request);
          if (context.tricks++ > 0) return answer;
          devnet.chain.mine(blocks);
          throw new SkiffError({ code: 'SERVER_UNREACHABLE', say: 'The answer was lost.', retry: 'later' });
        };
        return { ...server, requestLightningPayHtlcCosign };
      },
    }),
  });
const grantedInTime = granted('Lightning payment granted in a lost answer', 30);
const grantedTooLate = granted('Lightning payment granted in a lost answer, too late to pay', 300);

const severalCoins = lightning('Lightning payment from several coins', {
  prepare: async (world, victim) => {
    const friend = await world.friend();
    const { address } = await victim.wallet.newAddress();
    for (let n = 0; n < 2; n++) {
      await friend.wallet.pay(await friend.wallet.inspect(address), { amount: sats(3_000n) });
      await friend.settle();
    }
    await victim.wallet.sync();
    // All but what the fee may take: every coin is needed.
    const { spendable } = await victim.wallet.balance();
    return invoiceBill(world, {}, spendable - spendable / 50n - 500n);
  },
});

const offer = lightning('offer', {
  prepare: async (world) => bill(world, world.devnet.lightning.createOffer({ amountMsat: 5_000_000n }).text),
});

const link = lightning('Lightning address', {
  prepare: async (world) => {
    const user = `user${world.devnet.lightning.invoices.length}`;
    world.devnet.lnurl.set(user, {});
    return bill(world, `${user}@localhost:${new URL(world.devnet.esploraUrl).port}`);
  },
});

const settledByNotice = lightning('held payment that the mailbox settles', {
  prepare: async (world) => invoiceBill(world, { hold: true }),
  async start(world, victim, context) {
    const id = await payOnce(world, victim, context);
    const hash = ownInvoices(world, context)[0]!.paymentHash;
    if (await untilHeld(world, victim, id, context)) world.devnet.lightning.settle(hash);
    await untilOver(world, victim, hash);
    await victim.wallet.sync();
    return id;
  },
});

const refusedByNotice = lightning('held payment that the recipient refuses', {
  prepare: async (world) => invoiceBill(world, { hold: true }),
  async start(world, victim, context) {
    const id = await payOnce(world, victim, context);
    const hash = ownInvoices(world, context)[0]!.paymentHash;
    if (await untilHeld(world, victim, id, context)) world.devnet.lightning.cancel(hash);
    await untilOver(world, victim, hash);
    await victim.wallet.sync();
    return id;
  },
});

const lateSuccess = lightning('payment given up that succeeds after all', {
  prepare: async (world) => invoiceBill(world, { hold: true }),
  async start(world, victim, context) {
    const { devnet } = world;
    const id = await payOnce(world, victim, context);
    const hash = ownInvoices(world, context)[0]!.paymentHash;
    if (await untilHeld(world, victim, id, context)) {
      // Once only: near the end of the HTLC the wallet wants its money back, and is refused.
      if (context.tricks++ === 0) devnet.chain.mine(268);
      await victim.wallet.resume();
      if (ownInvoices(world, context)[0]!.state === 'held') devnet.lightning.settle(hash);
    }
    await untilOver(world, victim, hash);
    return id;
  },
});

export const lightningScenarios = [
  paid,
  refused,
  stuck,
  reclaimed,
  grantedInTime,
  grantedTooLate,
  severalCoins,
  offer,
  link,
  settledByNotice,
  refusedByNotice,
  lateSuccess,
] as AnyScenario[];
