// Skiff in Firefox: the same main job through the same screens, where the background is an event page instead of a
// worker, `browser` is Firefox's own, and a page's world is reached through wrappers.
import { mkdirSync } from 'node:fs';
import { serveShop } from '../../../demo/shop/serve.ts';
import { startDevnet } from '../../../devnet/index.ts';
import { PASSWORD } from '../../../scripts/driver.ts';
import { check, equal } from '../../e2e/bench.ts';
import type { Firefox } from './browser.ts';
import type { FirefoxPage } from './page.ts';

const OUT = 'artifacts/firefox';
const FUNDS = 500_000;
const FINAL_CLTV = 500;

export interface FirefoxStory {
  proofs: [name: string, body: () => Promise<void>][];
  stop(): Promise<void>;
}

const BALANCE = `Number(document.querySelector('[data-testid="balance"]')?.innerText.replace(/\\D/g, '') || 0)`;
const copied = (prefix: string): string =>
  `document.querySelector('button[data-text^="${prefix}"]')?.dataset.text`;
const fact = (name: string): string => `document.body.dataset.${name}`;

/** The story's chapters, in their order; each stands on the one before. */
export async function firefoxStory(firefox: Firefox): Promise<FirefoxStory> {
  mkdirSync(OUT, { recursive: true });
  const devnet = await startDevnet({ blockEveryMs: 500, ark: { requiredBoardConfirmations: 1 } });
  const shop = await serveShop({ controlUrl: devnet.controlUrl });
  const control = async <T>(command: string, body: object): Promise<T> => {
    const answer = await fetch(`${devnet.controlUrl}/${command}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const fits = async (page: FirefoxPage, name: string): Promise<void> => {
    await page.shot(`${OUT}/${name}.png`);
    const wide = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
    check(!wide, `${name} is wider than its window`);
  };
  /** Approves what the prompt window asks, once it says this. */
  const approve = async (text: string, before?: () => Promise<void>): Promise<void> => {
    const prompt = await firefox.page('prompt.html');
    await prompt.text(text);
    await prompt.focus();
    const act = await prompt.until<string>(
      `document.querySelector('[data-testid="approve"]:enabled')?.innerText.replace(/\\s+/g, ' ')`,
      'a button that approves',
    );
    await fits(prompt, act.split(' ')[0]!.toLowerCase());
    await before?.();
    await prompt.press(act);
  };
  const paid = async (page: FirefoxPage): Promise<void> => {
    const preimage = await page.until<string>(`${fact('preimage')} ?? ${fact('error')}`, 'the preimage');
    const hash = await page.evaluate<string>(fact('hash'));
    const made = await control<{ paymentHash: string; preimage: string; state: string }[]>('invoices', {});
    const mine = made.find((i) => i.paymentHash === hash);
    equal([preimage, mine?.state], [mine?.preimage, 'settled'], 'the preimage and the invoice');
  };

  return {
    async stop() {
      await shop.stop();
      await devnet.stop();
    },
    proofs: [
      [
        'the welcome tab opens by itself, a wallet is created',
        async () => {
          const page = await firefox.page('welcome.html');
          await page.press('Create a new wallet');
          const words = await page.until<string[]>(
            `(() => { const all = [...document.querySelectorAll('[data-testid="words"] li')];
              return all.length === 12 && all.map((li) => li.textContent.replace(/[^a-z]/g, '')); })()`,
            'the words',
          );
          await page.press('I have written them down');
          const asked = await page.until<{ label: string; place: number }[]>(
            `(() => { const all = [...document.querySelectorAll('[data-word]')];
              return all.length > 0 && all.map((field) => ({ label: field.labels[0].textContent.trim(), place: Number(field.dataset.word) })); })()`,
            'the words to write',
          );
          for (const { label, place } of asked) await page.fill(label, words[place - 1]!);
          await page.press('Continue');
          await page.fill('New password', PASSWORD);
          await page.fill('The same password again', PASSWORD);
          await page.press('Advanced: network and server');
          await page.choose('Network', 'regtest');
          await page.fill('Ark server', devnet.arkUrl);
          await page.fill('Esplora server', devnet.esploraUrl);
          await fits(page, 'welcome');
          await page.press('Open my wallet');
          await page.text('Your wallet is ready');
        },
      ],
      [
        'bitcoin that arrives becomes a balance',
        async () => {
          const popup = await firefox.open('popup.html');
          await popup.press('Receive');
          await popup.press('From bitcoin');
          const address = await popup.until<string>(copied('bcrt1'), 'an address');
          await control('fund', { address, sats: FUNDS });
          await popup.press('Back');
          await popup.until(`${BALANCE} > ${FUNDS / 2}`, 'the balance');
          await fits(popup, 'home');
        },
      ],
      [
        'an invoice of ours is paid over Lightning',
        async () => {
          const popup = await firefox.page('popup.html');
          const before = await popup.evaluate<number>(BALANCE);
          await popup.press('Receive');
          await popup.fill('Amount in sats', '2100');
          await popup.press('Make an invoice');
          const invoice = await popup.until<string>(copied('lnbcrt'), 'an invoice');
          await control('pay', { invoice, finalCltv: FINAL_CLTV });
          await popup.until(
            `document.querySelector('[data-testid="invoice"][data-state="claimed"]')`,
            'the money',
          );
          await fits(popup, 'received');
          await popup.press('Back');
          await popup.until(`${BALANCE} > ${before}`, 'a greater balance');
        },
      ],
      [
        'a page asks through WebLN, is let in, and is paid with a true preimage',
        async () => {
          const page = await firefox.visit(`${shop.url}/?amount=2300`);
          equal(await page.evaluate(fact('early')), 'true', 'webln before the page’s scripts');
          await page.press('Pay');
          await approve('wants to be able to ask you');
          await approve('asks you to pay an invoice');
          await paid(page);
          await page.close();
        },
      ],
      [
        'the event page ends while a question is open, and the page gets its preimage all the same',
        async () => {
          await (await firefox.page('popup.html')).close();
          const page = await firefox.visit(`${shop.url}/?amount=2500`);
          await page.press('Pay');
          await approve('asks you to pay an invoice', async () => {
            await firefox.endEventPage();
            check(!(await firefox.awake()), 'the event page is still there');
          });
          await paid(page);
          await page.close();
        },
      ],
      [
        'locked, and unlocked with the password',
        async () => {
          const popup = await firefox.open('popup.html');
          await popup.press('Lock now');
          await popup.fill('Password', PASSWORD);
          await fits(popup, 'locked');
          await popup.press('Unlock');
          await popup.until(`${BALANCE} > 0`, 'the balance');
        },
      ],
    ],
  };
}
