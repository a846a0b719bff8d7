// Stories of what is rarer: offers, swaps, invoices that nobody asked for, the settings opened up, each step of the welcome
// tab, and what is on the screen when something is wrong.
import { SkiffError } from '../../../src/errors.ts';
import type { LockState } from '../../../src/messaging/views.ts';
import type { SwapRow } from '../../../src/store/swap-row.ts';
import { HASH, invoice, NOW, popup, sat, services, still } from './fixtures.ts';
import type { Story } from './fixtures.ts';

const BITCOIN = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const OFFER = `lno1${'zrxq8pjw7qjlm68mtp7e3yvxee4y5xrgjhhyf2fxhlphpckrvevh50u0q'.repeat(4)}`;

const receive = (ownOffer: unknown, link: unknown = { via: 'mailbox' }): Story =>
  popup({ at: 'receive' }, { replies: { ownOffer, offerLink: link } });

const swap = (over: Partial<SwapRow>): Story =>
  popup(
    { at: 'swap', hash: HASH },
    {
      swap: () =>
        still({
          hash: HASH,
          second: NOW / 1000,
          backend: 'loop-http',
          service: 'https://swaps.example',
          status: 'paying',
          actionId: 'swap.a',
          address: BITCOIN,
          amount: sat(250_000n),
          lockup: sat(250_400n),
          invoiceAmount: sat(252_100n),
          createdAt: NOW - 60_000,
          updatedAt: NOW,
          open: 1,
          ...over,
        } satisfies SwapRow),
    },
  );

const toBitcoin = {
  ...invoice,
  kind: 'bitcoin',
  travels: 'bitcoin',
  from: 'ark',
  destination: BITCOIN,
  memo: undefined,
  amount: 250_000n,
  amountIsOpen: true,
  fee: 4_210n,
  total: 254_210n,
};
const ways = [
  { way: 'ark', total: 254_210n, minutes: 10, parts: [] },
  { way: 'onchain', parts: [], problem: 'There is no bitcoin on-chain.' },
  {
    way: 'loop-http',
    total: 252_663n,
    minutes: 30,
    parts: [
      { what: 'service', amount: 1_700n },
      { what: 'miner', amount: 400n },
      { what: 'lightning', amount: 563n },
    ],
  },
  { way: 'boltz', parts: [], problem: 'The swap service cannot be reached.' },
];

const unread = new SkiffError({
  code: 'INTERNAL',
  say: 'Another version of Skiff has this database open. Close its windows and try again.',
});
const wrong = new SkiffError({ code: 'WRONG_PASSWORD', say: 'That is not the password.' });
const fresh = { status: { wallet: 'none', autoLockMinutes: 15, version: '0.1.0' } };
const welcome = (replies: object = {}): Story => ({
  page: 'welcome',
  services: services({ replies: { ...fresh, ...replies } }),
});
const settings = (replies: object = {}): Story => popup({ at: 'settings' }, { replies });

export const restStories: Record<string, Story> = {
  'receive-offer': receive({ is: 'ready', offer: OFFER, kept: 2, pending: 1 }),
  'receive-offer-none': receive({ is: 'unsupported' }),
  'receive-offer-preparing': receive(
    { is: 'preparing' },
    { via: 'peer', server: 'a-very-long-name.of-a-lightning-node.example:9735', is: 'away' },
  ),
  'receive-offer-making': receive('never'),
  'swap-paying': swap({ said: 'waiting' }),
  'swap-seen': swap({ status: 'lockup-seen', refundHeight: 912_445, said: 'locked' }),
  'swap-done': swap({ status: 'done', received: sat(250_000n), claimTxid: HASH, open: undefined }),
  'swap-failed': swap({
    status: 'failed',
    open: undefined,
    failure: { code: 'SWAP_REFUSED', say: 'The swap service refused. The payment came back.' },
  }),
  'swap-review': swap({ status: 'review', refundHeight: 912_445 }),
  'swap-stuck': swap({ createdAt: NOW - 20 * 60_000 }),
  'pay-compare': popup({ at: 'pay' }, { replies: { quote: toBitcoin, compareMoves: { ways } } }),
  'pay-unrequested': popup(
    { at: 'pay' },
    {
      replies: {
        quote: {
          ...invoice,
          kind: 'bolt12-invoice',
          unrequested: { issuer: 'Harbour Coffee, main street \u202eylno', issuerKey: `02${HASH}` },
        },
      },
    },
  ),
  'pay-reading': popup({ at: 'pay' }, { replies: { quote: 'never' } }),
  'settings-whole': settings(),
  'settings-error': settings({ status: unread }),
  'settings-loading': settings({ status: 'never' }),
  'settings-password': settings(),
  'settings-words': settings({
    revealWords: { words: 'legal winner thank year wave sausage worth useful legal winner thank yellow' },
  }),
  'settings-report': settings({
    diagnostics: {
      name: 'skiff-report.json',
      type: 'application/json',
      text: JSON.stringify({ version: '0.1.0', network: 'regtest', coins: { spendable: 4 } }, null, 2),
    },
  }),
  'settings-wipe': settings(),
  'locked-wrong': popup(
    { at: 'home' },
    { lockState: still<LockState>('locked'), replies: { unlock: wrong } },
  ),
  'locked-forgot': popup({ at: 'home' }, { lockState: still<LockState>('locked') }),
  unread: popup({ at: 'home' }, { lockState: (_tell, failed) => (failed(unread), () => {}) }),
  'welcome-exists': welcome({ status: { ...fresh.status, wallet: 'locked' } }),
  'welcome-words': welcome(),
  'welcome-check': welcome(),
  'welcome-restore-bad': welcome(),
};
