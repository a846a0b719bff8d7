// Made-up wallets for looking at the screens: empty, loading, error, offline, long numbers.
import { SkiffError } from '../../../src/errors.ts';
import type { Command, Send } from '../../../src/messaging/map.ts';
import type { LockState, QuoteView } from '../../../src/messaging/views.ts';
import type { Budget, MovementRow, RequestRow, SiteRow } from '../../../src/store/rows.ts';
import type { Settings } from '../../../src/store/settings.ts';
import type { Level } from '../../../src/ui/levels.ts';
import type { Live, Services } from '../../../src/ui/services.ts';
import type { Sats } from '../../../src/units.ts';
import type { Balance } from '../../../src/wallet/coins/balance.ts';

export interface Story {
  page: 'popup' | 'prompt' | 'welcome';
  start?: Level;
  services: Services;
}

export const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const MINUTE = 60_000;
export const sat = (n: bigint): Sats => n as Sats;

export const still =
  <T>(value: T): Live<T> =>
  (tell) => {
    tell(value);
    return () => {};
  };
export const never: Live<never> = () => () => {};
export const broken: Live<never> = (_tell, failed) => {
  failed(new Error('unreadable'));
  return () => {};
};

export const balance = (over: Partial<Balance> = {}): Balance => ({
  spendable: sat(0n),
  needsRefresh: sat(0n),
  pendingLightningSend: sat(0n),
  pendingLightningReceive: sat(0n),
  pendingArkoorSend: sat(0n),
  pendingBoard: sat(0n),
  pendingExit: sat(0n),
  pendingInRound: sat(0n),
  pendingOffboard: sat(0n),
  pendingOther: sat(0n),
  total: sat(0n),
  disputed: sat(0n),
  onchain: { confirmed: sat(0n), unconfirmed: sat(0n), reserved: sat(0n) },
  ...over,
});

let lastId = 0;
export const line = (over: Partial<MovementRow> & { kind: string }, minutesAgo: number): MovementRow => {
  const { kind, ...rest } = over;
  const [name = '', verb = ''] = kind.split('/');
  const createdAt = NOW - minutesAgo * MINUTE;
  const done = (over.status ?? 'successful') !== 'pending';
  return {
    id: ++lastId,
    status: 'successful',
    subsystem: { name, kind: verb },
    intended: 0n,
    effective: over.intended ?? 0n,
    fee: sat(0n),
    sentTo: [],
    receivedOn: [],
    inputs: [],
    outputs: [],
    exited: [],
    metadata: {},
    createdAt,
    updatedAt: createdAt,
    ...(done ? { completedAt: createdAt + 2100 } : {}),
    ...rest,
  };
};

export const INVOICE =
  'lnbcrt213u1p5t5cqzpp5xw0lrm4mk0n6c6l2v6t4vqv8ydzr5m5s0l8c3d7qdgv3e4hjg5rsdq5w3jhxapqd9h8vmmfvdjscqzzsxqyz5vqsp5usyc4lk9c';
export const ARK =
  'tark1pwh9vsmezqqphqkqhz6ck6l5hfh4l9n5k7y3m2f8r0w4c6d9s1a5e7u8i9o0p1q2w3e4r5t6y7u8i9o0pdemo';
export const HASH = '33bff1eebbb3e7ac6bea633a45601872343a6e903fe71b137c06a18e6ade4947';
const site = { topOrigin: 'https://shop.example', frameOrigin: 'https://shop.example' };

export const lines: MovementRow[] = [
  line(
    { kind: 'bark.lightning_send/send', status: 'pending', intended: -21_300n, effective: -21_363n, site },
    0.2,
  ),
  line(
    {
      kind: 'bark.lightning_send/send',
      intended: -4_200n,
      effective: -4_212n,
      fee: sat(12n),
      site: { topOrigin: 'https://news.example', frameOrigin: 'https://pay.example' },
      sentTo: [{ type: 'invoice', value: INVOICE, amount: sat(4_200n) }],
      metadata: { payment_hash: HASH, payment_preimage: HASH.split('').reverse().join('') },
    },
    12,
  ),
  line(
    {
      kind: 'bark.arkoor/receive',
      intended: 50_000n,
      receivedOn: [{ type: 'ark', value: ARK, amount: sat(50_000n) }],
    },
    95,
  ),
  line(
    {
      kind: 'bark.arkoor/send',
      status: 'failed',
      intended: -900n,
      effective: 0n,
      metadata: {
        failure: { code: 'SERVER_REFUSED', say: 'The server refused this payment. Nothing was paid.' },
      },
      sentTo: [{ type: 'ark', value: ARK, amount: sat(900n) }],
    },
    60 * 26,
  ),
  line({ kind: 'bark.board/board', intended: 500_000n, effective: 499_000n, fee: sat(1_000n) }, 60 * 24 * 9),
];

export const invoice: QuoteView = {
  kind: 'bolt11',
  travels: 'lightning',
  destination: INVOICE,
  memo: 'Coffee beans, 1 kg, order 4711',
  amount: 21_300n,
  amountIsOpen: false,
  fee: 63n,
  total: 21_363n,
  paymentHash: HASH,
};
const tooMuch: QuoteView = {
  ...invoice,
  amount: 2_100_000_000_000_000n,
  fee: 6_300_000_000_000n,
  total: 2_106_300_000_000_000n,
  shortBy: 2_106_299_999_477_377n,
  problem: {
    code: 'INSUFFICIENT_FUNDS',
    say: 'There is not enough in your balance.',
    retry: 'never',
    details: {},
  },
};

const replies: { [C in Command]?: unknown } = {
  status: {
    wallet: 'unlocked',
    network: 'regtest',
    arkUrl: 'http://127.0.0.1:3535',
    esploraUrls: ['http://127.0.0.1:3002'],
    autoLockMinutes: 15,
    version: '0.1.0',
  },
  newWords: { words: 'legal winner thank year wave sausage worth useful legal winner thank yellow' },
  checkWords: { valid: false },
  quote: invoice,
  quoteRequest: invoice,
  receive: {
    arkAddress: ARK,
    board: {
      address: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
      minimum: 20_000n,
      confirmations: 3,
      fee: 1_240n,
    },
  },
  boardPlace: { address: 'bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6' },
  psbtQuote: { amount: 600_000n, fee: 1_200n, minerFee: 840n, signed: false },
  renewCost: { count: 2, amount: 100_001n, fee: 312n },
  moveCost: {
    address: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
    amount: 518_201n,
    fee: 4_422n,
    total: 522_623n,
  },
  offerServer: { server: '', paths: '' },
  ownOffer: { is: 'unsupported' },
  offerLink: { via: 'mailbox' },
  exitCost: { needed: 3_420n, available: 1_000n },
  closePrompt: { closing: true },
};

const sendWith =
  (over: { [C in Command]?: unknown }): Send =>
  async (command) => {
    const reply = command in over ? over[command] : (replies[command] ?? {});
    if (reply instanceof Error) throw reply;
    if (reply === 'never') return new Promise<never>(() => {});
    return reply as never;
  };

const chosen = { renewBlocks: 0, notifyOnReceipt: true, notifyAmount: true, exitByItself: true } as Settings;

export const services = (
  over: Partial<Services> & { replies?: { [C in Command]?: unknown } } = {},
): Services => ({
  send: sendWith(over.replies ?? {}),
  painted: Promise.resolve(),
  lockState: still<LockState>('unlocked'),
  balance: still(
    balance({
      spendable: sat(522_623n),
      pendingBoard: sat(12_000n),
      pendingLightningSend: sat(21_363n),
      onchain: { confirmed: sat(0n), unconfirmed: sat(0n), reserved: sat(0n) },
    }),
  ),
  history: (limit) => still(lines.slice(0, limit)),
  find: ({ limit, kinds }) => still(kinds ? [] : lines.slice(0, limit)),
  purse: still({ coins: [] }),
  health: still({
    ending: { level: 'quiet', count: 0, amount: sat(0n), renewing: false },
    elsewhere: { count: 0, amount: sat(0n) },
  }),
  action: () => still(undefined),
  tip: still({ height: 912_345, at: NOW }),
  exits: still([]),
  invoices: still([]),
  invoice: () => still(undefined),
  swap: () => still(undefined),
  settings: still(chosen),
  movement: (of) => still(lines.find((l) => 'id' in of && l.id === of.id)),
  waiting: still([]),
  sites: still(allowed),
  request: (id) => still(requests.find((r) => r.id === id)),
  allowHosts: async () => true,
  openWelcome: () => {},
  openScanner: () => {},
  save: () => {},
  closeWindow: () => {},
  reload: () => {},
  lockShortcut: async () => 'Alt+Shift+L',
  now: () => NOW,
  ...over,
});

const allow = (over: Partial<SiteRow>, daysAgo: number): SiteRow => {
  const enabledAt = NOW - daysAgo * 24 * 60 * MINUTE;
  const row = { ...site, enabledAt, lastUsedAt: enabledAt + 20 * MINUTE, ...over };
  return { id: `${row.topOrigin} ${row.frameOrigin}`, ...row };
};
const spending: Budget = {
  limit: sat(100_000n),
  perPayment: sat(25_000n),
  periodMs: 30 * 24 * 60 * MINUTE,
  periodStart: NOW - 9 * 24 * 60 * MINUTE,
  spent: sat(62_637n),
  reserved: { open: sat(21_363n) },
};
const allowed: SiteRow[] = [
  allow({ seesBalance: 1, lastUsedAt: NOW - 12 * MINUTE, budget: spending }, 9),
  allow(
    { topOrigin: 'https://news.example', frameOrigin: 'https://checkout.payments-provider.example:8443' },
    40,
  ),
  allow({ topOrigin: 'https://loud.example', frameOrigin: 'https://loud.example', blocked: 1 }, 2),
];
const unknown = { sites: still([]) };

const ask = (id: string, over: Partial<RequestRow>): RequestRow => ({
  id,
  method: 'sendPayment',
  params: { paymentRequest: INVOICE },
  status: 'waiting',
  createdAt: NOW,
  updatedAt: NOW,
  ...site,
  ...over,
});
const requests: RequestRow[] = [
  ask('pay', {}),
  ask('frame', {
    topOrigin: 'https://news.example',
    frameOrigin: 'https://checkout.payments-provider.example:8443',
  }),
  ask('enable', { method: 'enable', params: {} }),
  ask('invoice', {
    method: 'makeInvoice',
    params: { minimum: 1000n, maximum: 50_000n, defaultAmount: 21_300n, memo: 'Your winnings of this week' },
  }),
  ask('message', {
    method: 'signMessage',
    params: {
      message:
        'shop.example wants you to sign in with your wallet.\n\nURI: https://shop.example/login\nNonce: 7f3a9c <b>not bold</b> \u202etxet siht\nIssued at: 2026-11-21T16:00:00Z',
    },
  }),
  ask('paying', { status: 'approved', actionId: 'a' }),
  ask('paid', { status: 'done', actionId: 'a', result: {} }),
  ask('failed', {
    status: 'failed',
    actionId: 'a',
    error: {
      code: 'PAYMENT_FAILED',
      say: 'The payment found no way to the receiver. Your money is back in your balance.',
    },
  }),
];
const prompt = (ids: string[], over: Parameters<typeof services>[0] = {}): Story => ({
  page: 'prompt',
  services: services({ waiting: still(requests.filter((r) => ids.includes(r.id))), ...over }),
});
export const popup = (start: Level, over: Parameters<typeof services>[0] = {}): Story => ({
  page: 'popup',
  start,
  services: services(over),
});

const unreachable = new SkiffError({
  code: 'SERVER_UNREACHABLE',
  say: 'The server cannot be reached. Your money is safe; payments wait until it is back.',
});

export const stories: Record<string, Story> = {
  home: popup({ at: 'home' }),
  'home-empty': popup({ at: 'home' }, { balance: still(balance()), history: () => still([]) }),
  'home-loading': popup({ at: 'home' }, { balance: never, history: () => never }),
  'home-error': popup({ at: 'home' }, { balance: broken }),
  'home-offline': popup({ at: 'home' }, { replies: { sync: unreachable } }),
  'home-long': popup(
    { at: 'home' },
    {
      balance: still(
        balance({
          spendable: sat(2_099_999_997_690_000n),
          pendingBoard: sat(1_000_000_000_000n),
          needsRefresh: sat(210_000_000_000n),
          onchain: { confirmed: sat(99_999_999_999n), unconfirmed: sat(0n), reserved: sat(0n) },
        }),
      ),
      history: () =>
        still([
          line(
            {
              kind: 'bark.lightning_send/send',
              intended: -2_099_999_997_690_000n,
              site: {
                topOrigin: 'https://a-very-long-subdomain.of-some-shop-with-a-name.example',
                frameOrigin: '',
              },
            },
            3,
          ),
          ...lines,
        ]),
      waiting: still(requests.slice(0, 2)),
    },
  ),
  locked: popup({ at: 'home' }, { lockState: still<LockState>('locked') }),
  none: popup({ at: 'home' }, { lockState: still<LockState>('none') }),
  pay: popup({ at: 'pay' }),
  'pay-short': popup({ at: 'pay' }, { replies: { quote: tooMuch } }),
  'pay-bad': popup(
    { at: 'pay' },
    {
      replies: {
        quote: {
          kind: 'unknown',
          destination: 'x',
          amountIsOpen: false,
          problem: {
            code: 'INVALID_INVOICE',
            say: 'This is neither an invoice nor an address that Skiff knows.',
            retry: 'never',
            details: {},
          },
        },
      },
    },
  ),
  receive: popup({ at: 'receive' }),
  'receive-offline': popup({ at: 'receive' }, { replies: { receive: unreachable } }),
  detail: popup({ at: 'detail', of: { id: 2 } }),
  'detail-failed': popup({ at: 'detail', of: { id: 4 } }),
  settings: popup({ at: 'settings' }),
  sites: popup({ at: 'sites' }),
  'sites-edit': popup({ at: 'sites' }),
  'sites-none': popup({ at: 'sites' }, { sites: still([]) }),
  prompt: prompt(['pay', 'frame', 'enable'], unknown),
  'prompt-frame': prompt(['frame'], unknown),
  'prompt-enable': prompt(['enable'], unknown),
  'prompt-invoice': prompt(['invoice']),
  'prompt-message': prompt(['message']),
  'prompt-budget': prompt(['pay'], unknown),
  'prompt-over': prompt(['pay']),
  'prompt-short': prompt(['pay'], { replies: { quoteRequest: tooMuch } }),
  'prompt-locked': prompt(['pay'], { lockState: still<LockState>('locked') }),
  'prompt-paying': prompt(['paying']),
  'prompt-paid': prompt(['paid']),
  'prompt-failed': prompt(['failed']),
  welcome: {
    page: 'welcome',
    services: services({ replies: { status: { wallet: 'none', autoLockMinutes: 15, version: '0.1.0' } } }),
  },
};
