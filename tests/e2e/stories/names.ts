// The stories to draw, apart from the fixtures so that Node need not load a screen.
export interface StoryName {
  name: string;
  page: 'popup' | 'prompt' | 'welcome';
  /** Typed into the first field before the picture is taken. */
  type?: string;
  /** Name of the first button or box to press before the picture is taken. */
  press?: RegExp;
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
  popup('receive'),
  popup('receive-offline'),
  popup('detail'),
  popup('detail-failed'),
  popup('settings'),
  popup('sites'),
  { name: 'sites-edit', page: 'popup', press: /budget/ },
  popup('sites-none'),
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
];
