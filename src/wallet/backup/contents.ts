// What is in a backup (version 1): what the seed cannot give back. No coins and no actions: coins come from the recovery,
// which knows their present state, and an action of yesterday must not be driven today.
// Only who has the seed can have made one, so this checks that it is whole and of this version, not for lies.

import * as v from 'valibot';
import type { InvoiceRow, MovementRow, PaidInvoiceRow, SiteRow } from '../../store/rows.ts';
import type { SwapRow } from '../../store/swap-row.ts';
import type { Settings } from '../../store/settings.ts';
import { RENEW_BLOCKS } from '../maintenance/ending.ts';

/** Settings that are the person's, not this machine's. */
export const PORTABLE = [
  'autoLockMinutes',
  'changeSplit',
  'renewBlocks',
  'exitByItself',
  'notifyOnReceipt',
  'notifyAmount',
  'theme',
  'language',
] as const satisfies readonly (keyof Settings)[];

/** No server makes us derive more keys than this beyond those that are known; a backup does not either. */
export const MOST_KEYS = 100_000;

const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const time = v.pipe(v.number(), v.integer(), v.minValue(0));
const satoshi = v.pipe(v.bigint(), v.minValue(0n));
const whole = (from: number, to: number) => v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));
const site = v.looseObject({ topOrigin: v.string(), frameOrigin: v.string() });
const destinations = v.array(v.looseObject({ type: v.string(), value: v.string(), amount: satoshi }));
const ids = v.array(v.string());

const movement = v.looseObject({
  actionId: v.optional(v.string()),
  status: v.picklist(['pending', 'successful', 'failed', 'canceled']),
  subsystem: v.object({ name: v.string(), kind: v.string() }),
  intended: v.bigint(),
  effective: v.bigint(),
  fee: satoshi,
  sentTo: destinations,
  receivedOn: destinations,
  inputs: ids,
  outputs: ids,
  exited: ids,
  metadata: v.record(v.string(), v.unknown()),
  site: v.optional(site),
  createdAt: time,
  updatedAt: time,
  completedAt: v.optional(time),
});

const invoice = v.looseObject({
  hash: hex32,
  state: v.picklist([
    'draft',
    'open',
    'arrived',
    'preimage-revealed',
    'claimed',
    'cancelled',
    'expired',
    'exited',
    'lost',
  ]),
  amount: satoshi,
  fee: satoshi,
  memo: v.string(),
  createdAt: time,
  salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  preimage: hex32,
  keyIndex: whole(0, 0x7fff_ffff),
  minCltvDelta: whole(0, 100_000),
  updatedAt: time,
});

const swap = v.looseObject({
  hash: hex32,
  second: whole(1, Number.MAX_SAFE_INTEGER),
  backend: v.picklist(['loop-http', 'boltz']),
  service: v.string(),
  status: v.picklist(['created', 'agreed', 'paying', 'lockup-seen', 'claiming', 'done', 'failed', 'review']),
  actionId: v.string(),
  paymentId: v.optional(v.string()),
  address: v.string(),
  amount: satoshi,
  lockup: satoshi,
  invoiceAmount: satoshi,
  agreement: v.optional(v.looseObject({ kind: v.string(), invoice: v.string() })),
  createdAt: time,
  updatedAt: time,
});

const budget = v.looseObject({
  limit: satoshi,
  perPayment: v.optional(satoshi),
  periodMs: whole(1, Number.MAX_SAFE_INTEGER),
  periodStart: time,
  spent: satoshi,
  reserved: v.record(v.string(), satoshi),
});

const schema = v.object({
  movements: v.array(movement),
  paidInvoices: v.array(v.looseObject({ hash: hex32, preimage: hex32, paidAt: time, actionId: v.string() })),
  invoices: v.array(invoice),
  /** Not in the first backups. */
  swaps: v.optional(v.array(swap), []),
  sites: v.array(
    v.looseObject({
      id: v.string(),
      topOrigin: v.string(),
      frameOrigin: v.string(),
      enabledAt: time,
      lastUsedAt: time,
      blocked: v.optional(v.literal(1)),
      seesBalance: v.optional(v.literal(1)),
      budget: v.optional(budget),
    }),
  ),
  settings: v.partial(
    v.object({
      autoLockMinutes: whole(0, 1440),
      changeSplit: whole(1, 3),
      renewBlocks: whole(0, RENEW_BLOCKS.most),
      exitByItself: v.boolean(),
      notifyOnReceipt: v.boolean(),
      notifyAmount: v.boolean(),
      theme: v.picklist(['system', 'light', 'dark']),
      language: v.pipe(v.string(), v.maxLength(20)),
    }),
  ),
  /** Keys up to this index were handed out. */
  nextKey: whole(0, 0x7fff_ffff),
});

export interface Contents {
  movements: Omit<MovementRow, 'id'>[];
  paidInvoices: PaidInvoiceRow[];
  invoices: InvoiceRow[];
  swaps: SwapRow[];
  sites: SiteRow[];
  settings: Partial<Pick<Settings, (typeof PORTABLE)[number]>>;
  nextKey: number;
}

/** The contents, or the path of the first part that is not as it must be. */
export function readContents(found: unknown): Contents | { bad: string } {
  const result = v.safeParse(schema, found);
  if (!result.success) return { bad: v.getDotPath(result.issues[0]) ?? 'contents' };
  return result.output as unknown as Contents;
}
