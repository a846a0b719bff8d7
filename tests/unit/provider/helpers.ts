// A provider over a fresh in-memory IndexedDB and a wallet that does what the test says.
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { LockState } from '../../../src/messaging/views.ts';
import type { RuntimePort, Sender } from '../../../src/messaging/runtime.ts';
import type { Payer, PayOutcome } from '../../../src/provider/ports.ts';
import { createProvider } from '../../../src/provider/provider.ts';
import type { Provider } from '../../../src/provider/provider.ts';
import { PORT_NAME } from '../../../src/provider/protocol.ts';
import type { BridgeReply } from '../../../src/provider/protocol.ts';
import { listenPublic } from '../../../src/provider/session.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import type { Db } from '../../../src/store/port.ts';
import type { RequestRow } from '../../../src/store/rows.ts';
import { siteId } from '../../../src/store/sites.ts';
import type { Sats } from '../../../src/units.ts';
import { bookRequest } from '../../../src/wallet/actions/asker.ts';
import type { Asker } from '../../../src/wallet/actions/asker.ts';

export const INVOICE = 'lnbcrt213u1pdemo';
export const HASH = '11'.repeat(32);
export const PREIMAGE = '22'.repeat(32);
const KEY = `02${'33'.repeat(32)}`;
export const SHOP: Sender = {
  origin: 'https://shop.example',
  url: 'https://shop.example/cart',
  frameId: 0,
  tab: { id: 1 },
};

let count = 0;
const freshDb = (): Promise<Db> =>
  openDexie(`provider-${++count}`, { indexedDB: new IDBFactory(), IDBKeyRange });

export interface Bench {
  db: Db;
  provider: Provider;
  lock: { state: LockState };
  clock: { now: number };
  prompts: { shown: number };
  badge: { count: number };
  paid: { text: string; requestId: string }[];
  /** What the browser keeps over the death of the worker. */
  refusals: { kept?: unknown };
  made: { amount: bigint; memo?: string; site: object }[];
  /** What the next payment costs in all, and what the invoice itself says. */
  price: { total: bigint; fixed: bigint | undefined };
  /** What the wallet says of a text. With `kind` it is one that has no hash before it is paid. */
  inspected: { kind?: string; problem?: { code: 'ALREADY_PAID' | 'INVALID_INVOICE'; say: string } };
  /** Ends the payment under way. */
  settle(outcome: PayOutcome): void;
  payFails: { with?: Error };
  open(sender?: Sender): Page;
  waiting(): Promise<RequestRow[]>;
  /** The same database and wallet under a new life of the worker. */
  restart(): Promise<Bench>;
}

export interface Page {
  replies: BridgeReply[];
  send(message: unknown): void;
  call(method: string, params?: unknown, id?: string, gesture?: boolean): string;
  reply(id: string): Promise<BridgeReply>;
  close(): void;
}

export async function bench(
  shared?: Partial<Pick<Bench, 'db' | 'refusals' | 'clock'>> & { outcome?: Promise<PayOutcome> },
): Promise<Bench> {
  const db = shared?.db ?? (await freshDb());
  const lock: Bench['lock'] = { state: 'unlocked' };
  const clock = shared?.clock ?? { now: 1_000_000 };
  const refusals: Bench['refusals'] = shared?.refusals ?? {};
  const prompts = { shown: 0 };
  const badge = { count: 0 };
  const paid: Bench['paid'] = [];
  const inspected: Bench['inspected'] = {};
  const payFails: Bench['payFails'] = {};
  const made: Bench['made'] = [];
  const price: Bench['price'] = { total: 2100n, fixed: 2000n };
  const ended = Promise.withResolvers<PayOutcome>();
  const outcome = shared?.outcome ?? ended.promise;
  const payer: Payer = {
    inspect: async () => ({
      ...(inspected.kind
        ? { kind: inspected.kind }
        : { kind: 'invoice', paymentHash: HASH, fixedAmount: price.fixed }),
      problem: inspected.problem && { ...inspected.problem, retry: 'never', details: {} },
    }),
    async pay(text, options) {
      if (payFails.with) throw payFails.with;
      const { requestId } = options;
      const actionId = `ln_pay.${HASH}`;
      await db.write(['requests', 'sites'], (tx) =>
        bookRequest(tx, options as Asker, actionId, price.total as Sats, clock.now),
      );
      paid.push({ text, requestId });
      return { actionId };
    },
    async makeInvoice(order) {
      if (payFails.with) throw payFails.with;
      made.push(order);
      return { invoice: INVOICE, hash: HASH };
    },
    outcome: () => outcome,
    signMessage: async (site, text) => `${text} signed for ${siteId(site)}`,
    verifyMessage: async (site, text, signature) =>
      signature === `${text} signed for ${siteId(site)}` ? KEY : undefined,
    spendable: async () => 4_711n,
  };
  const provider = createProvider({
    db,
    payer,
    lockState: async () => lock.state,
    showPrompt: async () => void prompts.shown++,
    setWaiting: (n) => void (badge.count = n),
    refusals: {
      get: async () => refusals.kept,
      set: async (value) => void (refusals.kept = value),
    },
    now: () => clock.now,
    version: '0.1.0',
    log: () => {},
  });
  let connect: (port: RuntimePort) => void = () => {};
  listenPublic(
    { addListener: (f) => void (connect = f) },
    async () => provider.context,
    () => clock.now,
  );
  return {
    db,
    provider,
    lock,
    clock,
    prompts,
    badge,
    paid,
    inspected,
    payFails,
    price,
    made,
    refusals,
    settle: ended.resolve,
    open: (sender = SHOP) => page(connect, sender),
    waiting: () => provider.waiting(),
    restart: () => bench({ db, outcome, refusals, clock }),
  };
}

function page(connect: (port: RuntimePort) => void, sender: Sender): Page {
  const replies: BridgeReply[] = [];
  const hearers = new Set<() => void>();
  let hear: (message: unknown) => void = () => {};
  let hangUp: () => void = () => {};
  connect({
    name: PORT_NAME,
    sender,
    postMessage(message) {
      replies.push(structuredClone(message) as BridgeReply);
      for (const h of hearers) h();
    },
    disconnect() {},
    onMessage: { addListener: (f) => void (hear = f) },
    onDisconnect: { addListener: (f) => void (hangUp = f) },
  });
  return {
    replies,
    send: (message) => hear(message),
    call(method, params = null, id = crypto.randomUUID(), gesture = true) {
      hear({ id, method, params, gesture });
      return id;
    },
    reply: (id) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = replies.find((r) => 'id' in r && r.id === id);
          if (!found) return;
          hearers.delete(look);
          resolve(found);
        };
        hearers.add(look);
        look();
      }),
    close: () => hangUp(),
  };
}

/** Polls until the queue has `length` questions (rows are written asynchronously). */
export async function queued(b: Bench, length: number): Promise<RequestRow[]> {
  for (let i = 0; i < 500; i++) {
    const rows = await b.waiting();
    if (rows.length === length) return rows;
    await new Promise((r) => setTimeout(r, 2));
  }
  throw new Error(`the queue never had ${length} questions`);
}
