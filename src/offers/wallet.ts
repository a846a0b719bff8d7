// The wallet with BOLT 12: what the hosts (extension, cli) open instead of the plain one. An invoice that somebody handed
// over (`lni…`) is paid through `payForBolt12Invoice`, from wherever it is paid.
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import type { Sats } from '../units.ts';
import { msatsToSatsUp } from '../units.ts';
import type { ChosenConfig, WalletPorts } from '../wallet/ports.ts';
import { depsOf } from '../wallet/ports.ts';
import { openWallet, type PayOptions, type Wallet } from '../wallet/wallet.ts';
import { createOfferService, type OfferService } from './service.ts';
import { payForBolt12Invoice, type Bolt12PaymentParams, type StartedPayment } from './pay/pay.ts';
import {
  abandonPayment,
  paymentEnd,
  recentPayments,
  type PaymentEnd,
  type RecentPayment,
} from './pay/payments.ts';

export interface OffersWallet extends Wallet, OfferService {
  /** See {@link payForBolt12Invoice}. */
  payForBolt12Invoice(
    invoice: string,
    paymentId: Uint8Array,
    params: Bolt12PaymentParams,
  ): Promise<StartedPayment>;
  /** See {@link abandonPayment}. */
  abandonPayment(paymentId: Uint8Array): Promise<void>;
  recentPayments(): Promise<RecentPayment[]>;
  /** See {@link paymentEnd}. */
  paymentEnd(paymentId: Uint8Array): Promise<PaymentEnd | undefined>;
}

/** One request of a site is one payment, however often it is agreed to. */
const idFor = ({ random }: WalletPorts, { requestId }: PayOptions): Uint8Array =>
  requestId === undefined ? random(32) : sha256(new TextEncoder().encode(`bolt12 request ${requestId}`));

/** The invoice's own amount is the only one: a part is paid by name (`payForBolt12Invoice`) alone. */
function assertWhole(given: PayOptions['amount'], whole: Sats): void {
  if (given === undefined || given === whole) return;
  throw new SkiffError({
    code: 'AMOUNT_OUT_OF_RANGE',
    say: `This invoice is over exactly ${whole} sats.`,
    details: { exact: whole, given },
  });
}

/** As `openWallet`. */
export function openOffersWallet(
  ports: WalletPorts,
  config: ChosenConfig,
  more?: Parameters<typeof openWallet>[2],
): OffersWallet {
  const deps = depsOf(ports, config);
  const { service, hooks, close } = createOfferService(deps, () => wallet);
  const wallet: Wallet = openWallet(ports, config, more, hooks);
  /** Offers are looked after when the mailbox is. */
  const tended = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    await service.tend();
    return done;
  };
  return {
    ...wallet,
    ...service,
    readMail: () => tended(wallet.readMail()),
    sync: () => tended(wallet.sync()),
    stop: () => {
      close();
      return wallet.stop();
    },
    payForBolt12Invoice: (invoice, paymentId, params) =>
      payForBolt12Invoice(deps, wallet, invoice, paymentId, params),
    abandonPayment: (paymentId) => abandonPayment(deps, paymentId),
    recentPayments: () => recentPayments(deps),
    paymentEnd: (paymentId) => paymentEnd(deps, paymentId),
    async pay(instruction, options = {}) {
      const method = instruction.choice?.method;
      if (method?.kind !== 'bolt12-invoice') return wallet.pay(instruction, options);
      const { amount, comment: _none, retryFor, surplus, ...asker } = options;
      assertWhole(amount, msatsToSatsUp(method.invoice.amount));
      return payForBolt12Invoice(deps, wallet, method.text, idFor(ports, options), {
        verify: 'unrequested',
        asker,
        ...(retryFor !== undefined && { retry: { timeoutSecs: retryFor } }),
        ...(surplus !== undefined && { route: { surplus } }),
      });
    },
  };
}
