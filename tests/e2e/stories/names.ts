// The stories to draw, apart from the fixtures so that Node need not load a screen.
export interface StoryName {
  name: string;
  page: 'popup' | 'prompt' | 'welcome';
  /** Typed into the first field before the picture is taken. */
  type?: string;
}

const popup = (name: string, type?: string): StoryName => ({ name, page: 'popup', type });
const prompt = (name: string): StoryName => ({ name, page: 'prompt' });

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
  popup('receive'),
  popup('receive-offline'),
  popup('detail'),
  popup('detail-failed'),
  popup('settings'),
  popup('sites'),
  popup('sites-none'),
  prompt('prompt'),
  prompt('prompt-frame'),
  prompt('prompt-enable'),
  prompt('prompt-short'),
  prompt('prompt-locked'),
  prompt('prompt-paying'),
  prompt('prompt-paid'),
  prompt('prompt-failed'),
  { name: 'welcome', page: 'welcome' },
];
