// One customer of a devnet whose every payment hangs, so that the table of LDK's answers can be played row by row.
import { fromHex } from '../../src/crypto/bytes.ts';
import { isSkiffError } from '../../src/errors.ts';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import type { DevInvoice } from '../../devnet/lightning/invoice.ts';
import { copyDisk } from '../integration/support/copy-disk.ts';
import { fund, newWallet, openInstance, type Instance } from '../integration/support/wallets.ts';

export interface InvoiceSpec {
  amount_msats: string;
  basic_mpp: boolean;
  unknown_required_feature: boolean;
  expired: boolean;
}

/** What a payment's id has come to, as the file names it. */
export interface PayEvent {
  event: 'PaymentFailed' | 'PaymentSent';
  payment_id: string;
  reason?: string;
}

export interface Player {
  pay(id: string, spec: InvoiceSpec, amountMsats?: bigint): Promise<string>;
  abandon(id: string): Promise<void>;
  /** Ends that came about since the last call. */
  events(): Promise<PayEvent[]>;
  tracked(): Promise<string[]>;
  /** Millisatoshi that reached the payee since the last call, and what it waits for in all. */
  arrived(): Promise<{ amount_msat: bigint; onion_total_msat: bigint }[]>;
  coinsTouched(): Promise<boolean>;
  close(): Promise<void>;
}

const FUNDS = 60_000n;

/** Starts a devnet with one funded wallet; `play` opens a fresh copy of it. */
export async function stage(): Promise<{ play(): Promise<Player>; stop(): Promise<void> }> {
  const devnet = await startDevnet();
  devnet.chain.mine(110);
  const first = await newWallet(devnet);
  await fund(devnet, first, FUNDS);
  await first.close();
  const rewind = devnet.snapshot();
  return {
    async play() {
      rewind();
      const profile = { ...first.profile, idb: copyDisk(first.profile.idb) };
      return createPlayer(devnet, await openInstance(devnet, profile));
    },
    stop: () => devnet.stop(),
  };
}

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

function createPlayer(devnet: Devnet, { wallet, db, close }: Instance): Player {
  const { lightning } = devnet;
  const invoices = new Map<string, DevInvoice>();
  const heard = new Set<string>();
  let sent: string[] = [];

  /** The same terms are the same invoice, as in the file's runs. */
  function invoiceFor(spec: InvoiceSpec): DevInvoice {
    const key = JSON.stringify(spec);
    const there = invoices.get(key);
    if (there) return there;
    const { offer } = lightning.createOffer({
      hold: true,
      invoices: {
        parts: spec.basic_mpp,
        unknownFeature: spec.unknown_required_feature,
        expired: spec.expired,
      },
    });
    lightning.fetchInvoice(offer, BigInt(spec.amount_msats));
    const made = lightning.invoices.at(-1) as DevInvoice;
    invoices.set(key, made);
    return made;
  }

  const amountsAt = (invoice: DevInvoice): readonly bigint[] =>
    invoice.state === 'held' ? [invoice.receivedMsat ?? 0n] : lightning.waitingParts(invoice.paymentHash);

  return {
    async pay(id, spec, amountMsats) {
      const { text, paymentHash } = invoiceFor(spec);
      try {
        await wallet.payForBolt12Invoice(text, fromHex(id), {
          amountMsats,
          verify: 'unrequested',
          retry: 'once',
        });
        sent.push(paymentHash);
        return 'Ok';
      } catch (e) {
        if (!isSkiffError(e)) throw e;
        return e.details['ldk'] ?? e.code;
      }
    },
    abandon: (id) => wallet.abandonPayment(fromHex(id)),
    async events() {
      const rows = await db.read(['bolt12Payments'], (tx) =>
        tx.query<{ id: string; status: string; reason?: string; updatedAt: number }>('bolt12Payments'),
      );
      const news = rows.filter(({ id, status, updatedAt }) => {
        const mark = `${id} ${updatedAt}`;
        if ((status !== 'failed' && status !== 'sent') || heard.has(mark)) return false;
        heard.add(mark);
        return true;
      });
      return news.map(({ id, status, reason }) => ({
        event: status === 'sent' ? 'PaymentSent' : 'PaymentFailed',
        payment_id: id,
        reason,
      }));
    },
    tracked: async () => (await wallet.recentPayments()).map((p) => p.state),
    async arrived() {
      const hashes = sent;
      sent = [];
      return Promise.all(
        hashes.map(async (hash) => {
          const invoice = lightning.invoice(hash) as DevInvoice;
          const amount = await until(async () => amountsAt(invoice)[0]);
          return { amount_msat: amount, onion_total_msat: invoice.terms.amount ?? 0n };
        }),
      );
    },
    coinsTouched: async () => (await wallet.coins()).some((coin) => coin.state === 'locked'),
    async close() {
      for (const { paymentHash } of invoices.values()) lightning.cancel(paymentHash);
      await close();
    },
  };
}
