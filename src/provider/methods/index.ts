// Every method a page can reach. What is not here does not exist for pages.
import type { Method } from '../method.ts';
import { enable } from './enable.ts';
import { getBalance } from './get-balance.ts';
import { getInfo } from './get-info.ts';
import { isEnabled } from './is-enabled.ts';
import { link } from './link.ts';
import { lnurl } from './lnurl.ts';
import { lookupInvoice } from './lookup-invoice.ts';
import { makeInvoice } from './make-invoice.ts';
import { signMessage } from './sign-message.ts';
import { sendPaymentAsync } from './send-payment-async.ts';
import { sendPayment } from './send-payment.ts';
import { verifyMessage } from './verify-message.ts';

/** `on` and `off` live in the page object. */
const inPage = ['on', 'off'];

const all: Method[] = [
  enable,
  isEnabled,
  getInfo(() => [...all.filter((m) => m.listed).map((m) => m.name), ...inPage]),
  sendPayment,
  sendPaymentAsync,
  lnurl,
  lookupInvoice,
  getBalance,
  makeInvoice,
  signMessage,
  verifyMessage,
  link,
];

export const methods: ReadonlyMap<string, Method> = new Map(all.map((m) => [m.name, m]));
