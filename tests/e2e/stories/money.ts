// Stories of paying, receiving, coins and history beyond the first look.
import type { OfferLinkView, OwnOfferView } from '../../../src/messaging/views.ts';
import type { CoinRow, ExitRow, InvoiceRow, InvoiceState, MovementRow } from '../../../src/store/rows.ts';
import type { Purse } from '../../../src/ui/services.ts';
import { ARK, balance, HASH, INVOICE, invoice, line, lines, NOW, popup, sat, still } from './fixtures.ts';
import type { Story } from './fixtures.ts';

const TIP = 912_345;
const BITCOIN = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const DAY = 24 * 60;

const coin = (n: number, over: Partial<CoinRow>): CoinRow => ({
  id: `${String(n).repeat(64).slice(0, 64)}:${n}`,
  state: 'spendable',
  kind: 'arkoor',
  amount: sat(100_000n),
  expiryHeight: TIP + 4_000,
  exitDepth: 2,
  policyType: 'pubkey',
  keyIndex: n,
  anchorTxid: 'ab'.repeat(32),
  createdAt: NOW,
  ...over,
});

const purse: Purse = {
  tip: { height: TIP, at: NOW },
  maxExitDepth: 5,
  coins: [
    coin(1, { amount: sat(1n), expiryHeight: TIP - 5 }),
    coin(2, { expiryHeight: TIP + 200 }),
    coin(3, { state: 'locked', holder: 'ln_pay.x.1', expiryHeight: TIP + 900, amount: sat(21_363n) }),
    coin(4, { amount: sat(2_099_999_997_690_000n), exitDepth: 5 }),
    coin(5, { state: 'locked', holder: 'board.x', amount: sat(12_000n), kind: 'board' }),
  ],
};

const stuckLine: MovementRow = line(
  {
    kind: 'bark.lightning_send/send',
    status: 'pending',
    intended: -50_000n,
    effective: -50_150n,
    fee: sat(150n),
    sentTo: [{ type: 'invoice', value: INVOICE, amount: sat(50_000n) }],
    metadata: { payment_hash: HASH },
  },
  3 * DAY,
);
const exit = (over: Partial<ExitRow>): ExitRow => ({
  id: `${'7'.repeat(64)}:0`,
  amount: sat(50_150n),
  status: 'foreseen',
  actionId: 'ln_pay.x.1',
  paymentHash: HASH,
  dueHeight: TIP + 280,
  feeNeeded: sat(3_420n),
  createdAt: NOW,
  updatedAt: NOW,
  live: 1,
  ...over,
});
const short = exit({ feeMissing: sat(3_420n) });

const addressLine = line(
  {
    kind: 'bark.lightning_send/send',
    intended: -1_234n,
    effective: -1_240n,
    fee: sat(6n),
    sentTo: [{ type: 'lightning-address', value: 'alice@harbour.example', amount: sat(1_234n) }],
    metadata: {
      payment_hash: HASH,
      payment_preimage: HASH,
      description: 'Alice of the harbour',
      comment: 'For the rope',
      success_action: {
        tag: 'url',
        description: 'Your receipt',
        url: 'https://harbour.example/receipt/4711',
      },
    },
  },
  50,
);
const dearLine = line(
  {
    kind: 'bark.lightning_send/send',
    status: 'failed',
    intended: -21_300n,
    effective: 0n,
    sentTo: [{ type: 'invoice', value: INVOICE, amount: sat(21_300n) }],
    metadata: {
      payment_hash: HASH,
      failure: {
        code: 'ROUTE_TOO_DEAR',
        say: 'No way to the recipient was cheap enough. With 107 sat more for the fee it may work.',
        details: { surplus: 107 },
      },
    },
  },
  2,
);
const detail = (row: MovementRow, exits: ExitRow[] = []): Story =>
  popup(
    { at: 'detail', of: { id: row.id } },
    { movement: () => still(row), exits: still(exits), purse: still(purse) },
  );

const mine = (n: number, state: InvoiceState, over: Partial<InvoiceRow> = {}): InvoiceRow => ({
  hash: String(n).repeat(64).slice(0, 64),
  state,
  amount: sat(21_300n),
  fee: sat(107n),
  memo: 'Coffee beans, 1 kg',
  createdAt: NOW,
  salt: '00'.repeat(8),
  preimage: HASH,
  keyIndex: n,
  minCltvDelta: 216,
  bolt11: INVOICE,
  expiresAt: NOW + 55 * 60_000,
  updatedAt: NOW,
  ...over,
});
const open = [
  mine(2, 'open', { memo: '', amount: sat(5n) }),
  mine(3, 'arrived', { expiresAt: NOW + DAY * 120_000 }),
];
const receive = (state?: InvoiceState, over: Partial<InvoiceRow> = {}): Story =>
  popup(
    { at: 'receive' },
    {
      replies: { makeInvoice: { hash: mine(1, 'open').hash } },
      invoice: () => still(mine(1, state ?? 'open', over)),
      invoices: still(open),
    },
  );

const quote = (over: object): Story => popup({ at: 'pay' }, { replies: { quote: { ...invoice, ...over } } });

/** As long as LDK's. */
const OFFER = `lno1${'zrxq8gjw7qjlm68mtp7e3yvxee4y5xrgjhhyf2fxhlphpckrvevh50u0q'.repeat(6)}`;
const atPeer = (is: 'connected' | 'away'): OfferLinkView => ({
  via: 'peer',
  server: 'offers.harbour.example:9736',
  is,
});
const ownOffer = (view: OwnOfferView, link: OfferLinkView = { via: 'mailbox' }) =>
  popup({ at: 'receive' }, { replies: { ownOffer: view, offerLink: link } });

export const moneyStories: Record<string, Story> = {
  'pay-ways': quote({
    kind: 'ark',
    travels: 'ark',
    destination: `bitcoin:${BITCOIN}?ark=${ARK}&lightning=${INVOICE}`,
    fee: 0n,
    total: 21_300n,
    way: ARK,
    ways: [
      { kind: 'ark', text: ARK },
      { kind: 'bolt11', text: INVOICE },
      { kind: 'offer', text: 'lno1', problem: 'This offer is for mainnet; this wallet is on regtest.' },
      { kind: 'bitcoin', text: BITCOIN },
    ],
  }),
  'pay-address': popup(
    { at: 'pay' },
    {
      replies: {
        quote: {
          ...invoice,
          kind: 'lightning-address',
          destination: 'alice@harbour.example',
          memo: undefined,
          host: 'harbour.example',
          takesComment: true,
          amountIsOpen: true,
        },
        terms: { host: 'harbour.example', min: 1n, max: 5_000n, commentAllowed: 120 },
      },
    },
  ),
  'pay-all': quote({
    kind: 'ark',
    travels: 'ark',
    destination: ARK,
    memo: undefined,
    amountIsOpen: true,
    fee: 0n,
  }),
  'pay-bitcoin': quote({
    kind: 'bitcoin',
    travels: 'bitcoin',
    destination: BITCOIN,
    memo: undefined,
    amountIsOpen: true,
    fee: undefined,
    total: undefined,
    problem: {
      code: 'INSUFFICIENT_FUNDS',
      say: 'Skiff pays bitcoin addresses with bitcoin that lies on-chain, and there is none. Ask for a Lightning invoice or an Ark address.',
      retry: 'never',
      details: {},
    },
  }),
  scan: popup({ at: 'scan' }),
  activity: popup({ at: 'activity' }),
  'activity-none': popup({ at: 'activity' }, { find: () => still([]) }),
  coins: popup(
    { at: 'coins' },
    {
      purse: still(purse),
      exits: still([exit({ status: 'running', confirmedHeight: TIP - 54, claimableHeight: TIP + 90 })]),
    },
  ),
  'coins-exit': popup(
    { at: 'coins' },
    { purse: still({ ...purse, coins: purse.coins.slice(1, 3) }), exits: still([exit({})]) },
  ),
  'coins-none': popup({ at: 'coins' }),
  'detail-held': detail({ ...lines[0]!, createdAt: NOW - 25 * 60_000 }),
  'detail-stuck': detail(stuckLine, [short]),
  'detail-address': detail(addressLine),
  'detail-dear': detail(dearLine),
  'home-stuck': popup(
    { at: 'home' },
    {
      balance: still(balance({ spendable: sat(522_623n), pendingLightningSend: sat(50_150n) })),
      exits: still([short]),
      purse: still(purse),
      history: () => still([stuckLine, ...lines]),
    },
  ),
  'receive-waiting': receive('open'),
  'receive-arrived': receive('arrived'),
  'receive-got': receive('claimed', { received: sat(21_193n) }),
  'receive-expired': receive('expired'),
  'receive-bitcoin': receive(),
  'receive-psbt': receive(),
  'receive-psbt-quote': receive(),
  offer: ownOffer({ is: 'ready', offer: OFFER, kept: 10, pending: 0 }),
  'offer-connected': ownOffer({ is: 'ready', offer: OFFER, kept: 3, pending: 1 }, atPeer('connected')),
  'offer-away': ownOffer({ is: 'preparing' }, atPeer('away')),
  'offer-unsupported': ownOffer({ is: 'unsupported' }),
};
