// The stories to draw, apart from the fixtures so that Node need not load a screen.
export interface StoryName {
  name: string;
  page: 'popup' | 'prompt' | 'welcome';
  /** Typed into the first field before the picture is taken. */
  type?: string;
  /** Typed into the field for the amount. */
  amount?: string;
  /** Names of the buttons or boxes to press before the picture is taken, one after the other. */
  press?: RegExp | readonly RegExp[];
  /** Typed into the first field after that, and this pressed. */
  afterwards?: { type: string; press: RegExp };
  /** The picture holds what would have to be scrolled to, too. */
  whole?: true;
  /** Opened before the picture is taken: what folds away. */
  opens?: RegExp;
  /** Label of a field for the password: typed, and Enter. */
  secret?: string;
  /** Twelve words are typed, and gone on; or not, because they are refused. */
  words?: true | 'refused';
}

const popup = (name: string, type?: string): StoryName => ({ name, page: 'popup', type });
const prompt = (name: string, press?: RegExp): StoryName => ({ name, page: 'prompt', press });

export const names: readonly StoryName[] = [
  popup('home'),
  popup('home-empty'),
  popup('home-loading'),
  popup('home-error'),
  popup('home-offline'),
  popup('home-long'),
  popup('locked'),
  popup('none'),
  popup('pay', 'lnbcrt213u1p5t5cqz'),
  popup('pay-short', 'lnbcrt213u1p5t5cqz'),
  popup('pay-bad', 'hello'),
  popup('pay-ways', 'bitcoin:'),
  { name: 'pay-address', page: 'popup', type: 'alice@', press: /Ask/ },
  { name: 'pay-all', page: 'popup', type: 'tark1', press: /Send all/ },
  popup('pay-bitcoin', 'bcrt1'),
  popup('scan'),
  popup('activity'),
  popup('activity-none'),
  popup('coins'),
  { name: 'coins-exit', page: 'popup', press: /without waiting/ },
  popup('coins-none'),
  popup('detail-held'),
  popup('detail-stuck'),
  popup('detail-address'),
  popup('detail-dear'),
  popup('home-stuck'),
  { name: 'receive-waiting', page: 'popup', type: '21300', press: /Make an invoice/ },
  { name: 'receive-arrived', page: 'popup', type: '21300', press: /Make an invoice/ },
  { name: 'receive-got', page: 'popup', type: '21300', press: /Make an invoice/ },
  { name: 'receive-expired', page: 'popup', type: '21300', press: /Make an invoice/ },
  { name: 'receive-bitcoin', page: 'popup', press: /From bitcoin/ },
  { name: 'receive-psbt', page: 'popup', press: [/From bitcoin/, /multisig/], whole: true },
  {
    name: 'receive-psbt-quote',
    page: 'popup',
    press: [/From bitcoin/, /multisig/],
    afterwards: { type: 'cHNidP8BAF4CAAAA', press: /Look at it/ },
    whole: true,
  },

  ...['offer', 'offer-connected', 'offer-away', 'offer-unsupported'].map((name): StoryName => ({
    ...popup(name),
    press: /^Offer$/,
  })),
  popup('receive'),
  popup('receive-offline'),
  popup('detail'),
  popup('detail-failed'),
  popup('settings'),
  popup('sites'),
  { name: 'sites-edit', page: 'popup', press: /budget/ },
  popup('sites-none'),
  popup('home-ending'),
  popup('home-ending-urgent'),
  popup('home-ending-over'),
  popup('home-ending-renewing'),
  popup('home-elsewhere'),
  popup('home-restoring'),
  popup('home-restored'),
  popup('home-restored-partly'),
  popup('home-silent'),
  popup('home-disagree'),
  { name: 'home-parts', page: 'popup', opens: /makes up/ },
  popup('locked-ending'),
  popup('coins-due'),
  { name: 'coins-renew', page: 'popup', press: /Renew what is due/ },
  popup('coins-states'),
  popup('move'),
  { name: 'move-cost', page: 'popup', press: /does it cost/ },
  { name: 'move-refused', page: 'popup', press: /does it cost/ },
  popup('detail-moving'),
  popup('detail-renewing'),
  popup('recovery'),
  popup('recovery-complete'),
  popup('pay-bitcoin-ark', 'bcrt1'),
  popup('activity-life'),
  { name: 'welcome-restore', page: 'welcome', press: /twelve words already/, words: true },
  prompt('prompt'),
  prompt('prompt-frame'),
  prompt('prompt-enable'),
  prompt('prompt-invoice'),
  prompt('prompt-message'),
  prompt('prompt-budget', /without asking/),
  prompt('prompt-over'),
  prompt('prompt-short'),
  prompt('prompt-locked'),
  prompt('prompt-paying'),
  prompt('prompt-paid'),
  prompt('prompt-failed'),
  { name: 'welcome', page: 'welcome' },
  { name: 'receive-offer', page: 'popup', press: /^Offer$/ },
  { name: 'receive-offer-none', page: 'popup', press: /^Offer$/ },
  { name: 'receive-offer-preparing', page: 'popup', press: /^Offer$/ },
  { name: 'receive-offer-making', page: 'popup', press: /^Offer$/ },
  popup('swap-paying'),
  popup('swap-seen'),
  popup('swap-done'),
  popup('swap-failed'),
  popup('swap-review'),
  popup('swap-stuck'),
  {
    name: 'pay-compare',
    page: 'popup',
    type: 'bcrt1',
    amount: '250000',
    press: [/Compare ways/, /Swap by a loop/],
    whole: true,
  },
  popup('pay-unrequested', 'lni1'),
  { name: 'pay-reading', page: 'popup', type: 'lnbcrt1', press: [] },
  { name: 'settings-whole', page: 'popup', whole: true },
  popup('settings-error'),
  popup('settings-loading'),
  { name: 'settings-password', page: 'popup', press: [/Change the password/, /Save the new password/] },
  { name: 'settings-words', page: 'popup', secret: 'Password', whole: true },
  { name: 'settings-report', page: 'popup', press: /report/i, whole: true },
  { name: 'settings-wipe', page: 'popup', press: /Remove/, whole: true },
  { name: 'locked-wrong', page: 'popup', secret: 'Password' },
  { name: 'locked-forgot', page: 'popup', press: /forgot/i },
  popup('unread'),
  { name: 'welcome-exists', page: 'welcome' },
  { name: 'welcome-words', page: 'welcome', press: /Create a new wallet/ },
  { name: 'welcome-check', page: 'welcome', press: [/Create a new wallet/, /written them down/] },
  { name: 'welcome-restore-bad', page: 'welcome', press: /twelve words already/, words: 'refused' },
];
