// Stories of the life of coins: near their end, renewed, moved to bitcoin, restored, in use elsewhere.
import { SkiffError } from '../../../src/errors.ts';
import type { RecoveryNote, Tally } from '../../../src/store/meta.ts';
import type { ActionRow, CoinRow, MovementRow } from '../../../src/store/rows.ts';
import type { Health, Purse } from '../../../src/ui/services.ts';
import type { Ending } from '../../../src/wallet/maintenance/ending.ts';
import { balance, HASH, invoice, line, lines, NOW, popup, sat, services, still } from './fixtures.ts';
import type { Story } from './fixtures.ts';

const TIP = 912_345;
const BITCOIN = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

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
const planned = coin(3, { expiryHeight: TIP + 400, amount: sat(21_363n) });
const inRound = coin(4, { expiryHeight: TIP + 120, state: 'locked', holder: 'round.b' });
const purse: Purse = {
  tip: { height: TIP, at: NOW },
  maxExitDepth: 5,
  renewBlocks: 144,
  renewals: [
    {
      actionId: 'round.a',
      inputs: [planned.id],
      amount: sat(21_243n),
      fee: sat(120n),
      step: 'submitted',
      scheduledHeight: TIP + 256,
    },
    {
      actionId: 'round.b',
      inputs: [inRound.id],
      amount: sat(99_700n),
      fee: sat(300n),
      step: 'issued',
      problem: 'The Ark server cannot be reached. Skiff tries again by itself.',
    },
  ],
  coins: [
    coin(1, { amount: sat(1_234n), expiryHeight: TIP - 5 }),
    coin(2, { expiryHeight: TIP + 100 }),
    planned,
    inRound,
    coin(5, { state: 'locked', holder: 'elsewhere', amount: sat(12_000n) }),
    coin(6, { state: 'locked', holder: 'offboard.x', amount: sat(12_000n) }),
  ],
};

const ending = (over: Partial<Ending>): Ending => ({
  level: 'soon',
  count: 2,
  amount: sat(101_234n),
  height: TIP + 200,
  at: NOW + 200 * 600_000,
  renewing: false,
  ...over,
});
const tally = (count: number, amount = 0n): Tally => ({ count, amount: sat(amount) });
const elsewhere = tally(1, 12_000n);
const recovery = (over: Partial<RecoveryNote> = {}): RecoveryNote => ({
  state: 'due',
  since: NOW,
  nextAt: NOW,
  at: NOW - 3 * 60_000,
  report: {
    recovered: tally(7, 522_623n),
    exited: tally(1, 50_150n),
    skipped: tally(31, 1_203_000n),
    failed: tally(2, 21_300n),
    foreign: tally(0),
    notFound: tally(1),
  },
  reasons: ['The transaction that backs a coin is waiting for its blocks.', 'its round is not finished'],
  partial: true,
  ...over,
});
const complete = recovery({
  state: 'done',
  partial: false,
  reasons: [],
  report: {
    recovered: tally(1, 522_623n),
    exited: tally(0),
    skipped: tally(0),
    failed: tally(0),
    foreign: tally(0),
    notFound: tally(0),
  },
});
const quiet = ending({ level: 'quiet', count: 0, amount: sat(0n) });
const health = (over: Partial<Health>) => ({
  health: still<Health>({ ending: quiet, elsewhere: tally(0), ...over }),
});
const home = (over: Partial<Health>): Story => popup({ at: 'home' }, health(over));

const moved: MovementRow = line(
  {
    kind: 'bark.offboard/offboard',
    status: 'pending',
    actionId: 'offboard.x',
    intended: -522_623n,
    effective: -522_623n,
    fee: sat(4_422n),
    sentTo: [{ type: 'bitcoin', value: BITCOIN, amount: sat(518_201n) }],
    metadata: { offboard_txid: HASH },
  },
  4,
);
const renewed: MovementRow = line(
  {
    kind: 'bark.round/refresh',
    status: 'pending',
    actionId: 'round.a',
    intended: 0n,
    effective: -120n,
    fee: sat(120n),
    inputs: ['a', 'b'],
  },
  90,
);
const refused: MovementRow = line(
  {
    kind: 'bark.round/refresh',
    status: 'failed',
    intended: 0n,
    effective: 0n,
    metadata: { failure: { code: 'SERVER_REFUSED', say: 'The Ark server refused the request.' } },
  },
  300,
);
const action = (kind: string, state: object, over: Partial<ActionRow> = {}): ActionRow => ({
  id: 'x',
  kind,
  version: 1,
  state,
  retries: 0,
  createdAt: NOW,
  updatedAt: NOW,
  ...over,
});
const detail = (row: MovementRow, doing: ActionRow): Story =>
  popup(
    { at: 'detail', of: { id: row.id } },
    { movement: () => still(row), action: () => still(doing), purse: still(purse) },
  );

const everything = balance({
  spendable: sat(522_623n),
  needsRefresh: sat(1_234n),
  pendingLightningSend: sat(21_363n),
  pendingLightningReceive: sat(4_000n),
  pendingArkoorSend: sat(300n),
  pendingBoard: sat(12_000n),
  pendingInRound: sat(100_000n),
  pendingOffboard: sat(12_000n),
  pendingExit: sat(50_150n),
  pendingOther: sat(7n),
  total: sat(723_677n),
  disputed: sat(12_000n),
  onchain: { confirmed: sat(60_000n), unconfirmed: sat(21_000n), reserved: sat(5_000n) },
});

const quote = (over: object): Story => popup({ at: 'pay' }, { replies: { quote: { ...invoice, ...over } } });

export const lifeStories: Record<string, Story> = {
  'home-ending': home({ ending: ending({}) }),
  'home-ending-urgent': home({
    ending: ending({ level: 'urgent', height: TIP + 90, at: NOW + 90 * 600_000 }),
  }),
  'home-ending-over': home({ ending: ending({ level: 'over', height: TIP - 5, at: NOW - 5 * 600_000 }) }),
  'home-ending-renewing': home({ ending: ending({ level: 'urgent', renewing: true }) }),
  'home-elsewhere': home({ elsewhere }),
  'home-restoring': home({ recovery: { state: 'due', since: NOW, nextAt: NOW } }),
  'home-restored': home({ recovery: complete }),
  'home-restored-partly': home({ recovery: recovery() }),
  'home-silent': popup(
    { at: 'home' },
    { balance: still({ ...balance({ spendable: sat(522_623n) }), chainSilentSince: NOW - 3 * 3_600_000 }) },
  ),
  'home-disagree': popup(
    { at: 'home' },
    {
      replies: {
        sync: new SkiffError({
          code: 'CHAIN_DISAGREES',
          say: 'Your two chain servers contradict each other. Skiff waits until they agree; change one of them if that lasts.',
        }),
      },
    },
  ),
  'home-parts': popup({ at: 'home' }, { balance: still(everything) }),
  'locked-ending': popup(
    { at: 'home' },
    { lockState: still('locked' as const), ...health({ ending: ending({ level: 'urgent' }) }) },
  ),
  'coins-due': popup(
    { at: 'coins' },
    { purse: still(purse), ...health({ ending: ending({ level: 'urgent' }), elsewhere }) },
  ),
  'coins-renew': popup(
    { at: 'coins' },
    { purse: still({ ...purse, coins: purse.coins.slice(0, 3) }), find: () => still([refused]) },
  ),
  'coins-states': popup({ at: 'coins' }, { purse: still({ ...purse, coins: purse.coins.slice(2) }) }),
  move: popup({ at: 'move' }, { purse: still(purse) }),
  'move-cost': popup({ at: 'move' }, { purse: still(purse) }),
  'move-refused': popup(
    { at: 'move' },
    {
      purse: still(purse),
      replies: {
        moveCost: new SkiffError({
          code: 'DUST',
          say: 'Moving 500 sat to the chain costs 4422 sat: nothing would be left.',
        }),
      },
    },
  ),
  'detail-moving': detail(moved, action('offboard', { step: 'confirming' })),
  'detail-renewing': detail(
    renewed,
    action(
      'refresh',
      { step: 'submitted', scheduledHeight: TIP + 256 },
      { retries: 3, lastError: { code: 'SERVER_UNREACHABLE', say: 'The Ark server cannot be reached.' } },
    ),
  ),
  recovery: popup({ at: 'recovery' }, health({ recovery: recovery() })),
  'recovery-complete': popup({ at: 'recovery' }, health({ recovery: complete })),
  'pay-bitcoin-ark': quote({
    kind: 'bitcoin',
    travels: 'bitcoin',
    destination: BITCOIN,
    memo: undefined,
    from: 'ark',
    fee: 1_240n,
    total: 22_540n,
    amountIsOpen: true,
  }),
  'activity-life': popup({ at: 'activity' }, { find: () => still([moved, renewed, ...lines]) }),
  'welcome-restore': {
    page: 'welcome',
    services: services({
      replies: {
        status: { wallet: 'none', autoLockMinutes: 15, version: '0.1.0' },
        checkWords: { valid: true },
      },
    }),
  },
};
