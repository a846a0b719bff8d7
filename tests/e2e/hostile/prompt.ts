// Tricks with the prompt: a press that was meant for something else, a question that changes under the finger, and words
// that hide what counts.
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { CONNECTS, PAYS } from '../../../scripts/driver.ts';
import { axeFaults } from '../axe.ts';
import { callWebln, check, equal } from '../bench.ts';
import { asking, call, code, prompts, reject } from './scene.ts';
import type { Scene, Trick } from './scene.ts';

const invoice = async ({ control }: Scene, memo: string): Promise<string> =>
  (await control<{ bolt11: string }>('invoice', { amountSat: 700, memo })).bolt11;

async function listen(answer: RequestListener): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Notes each state of the button that moves money: what it says, whether it can be pressed, when (ms). */
const watchButton = (prompt: Page): Promise<void> =>
  prompt.evaluate(() => {
    const seen: [string, boolean, number][] = [];
    Object.assign(window, { seen });
    const look = (): void => {
      const button = document.querySelector<HTMLButtonElement>('[data-testid=approve]');
      if (button) seen.push([button.innerText, !button.disabled, performance.now()]);
    };
    look();
    new MutationObserver(look).observe(document, {
      childList: true,
      subtree: true,
      characterData: true,
      attributeFilter: ['disabled'],
    });
  });

export const promptTricks: Trick[] = [
  [
    'keys and clicks that fall as the prompt opens',
    async (scene) => {
      const { prompt, told } = await asking(scene);
      // A hand that double-clicks where the button will be, from the moment it is there.
      await prompt.addInitScript(() => {
        let since: number | undefined;
        const find = () => document.querySelector<HTMLButtonElement>('[data-testid=approve]');
        new MutationObserver(() => {
          if (find()) since ??= performance.now();
        }).observe(document, { childList: true, subtree: true });
        const strike = (): void => {
          if (since !== undefined && performance.now() - since > 400)
            return void (document.documentElement.dataset['struck'] = 'true');
          find()?.focus();
          find()?.click();
          setTimeout(strike, 5);
        };
        strike();
      });
      await prompt.reload();
      await prompt.locator('html[data-struck]').waitFor();
      await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
      // Nothing has the focus, so keys that were meant for the page do nothing either, however late they come.
      for (const key of ['Enter', 'Space', 'Enter']) await prompt.keyboard.press(key);
      await prompt.getByText(PAYS).waitFor();
      await reject(prompt);
      equal(code(await told), 'USER_REJECTED', 'the answer');
    },
  ],
  [
    'the focus taken away and given back under the finger',
    async (scene) => {
      const { prompt } = await asking(scene);
      const button = prompt.getByTestId('approve');
      await button.and(prompt.locator(':enabled')).waitFor();
      for (const [target, events] of [
        ['window', ['blur', 'focus']],
        ['document', ['visibilitychange']],
      ] as const) {
        const after = await prompt.evaluate(
          async ([target, events]) => {
            const on = target === 'window' ? window : document;
            for (const type of events) on.dispatchEvent(new Event(type));
            await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
            return document.querySelector<HTMLButtonElement>('[data-testid=approve]')!.disabled;
          },
          [target, events] as const,
        );
        check(after, `Approve is armed after ${events.join(' and ')}`);
        await button.and(prompt.locator(':enabled')).waitFor();
      }
      await reject(prompt);
    },
  ],
  [
    'a question that is taken back, so that a dearer one moves under the finger',
    async (scene) => {
      const cheap = await scene.visit();
      const { bolt11 } = await scene.control<{ bolt11: string }>('invoice', { amountSat: 1 });
      const { prompt } = await asking({ ...scene, bolt11 }, cheap);
      await prompt.getByTestId('approve').and(prompt.locator(':enabled')).waitFor();
      const told = call(scene.page, 'sendPayment', scene.bolt11);
      await prompt.getByText('1 of 2').waitFor();
      await watchButton(prompt);
      await cheap.close();
      await prompt
        .getByRole('button', { name: /^Pay 700/ })
        .and(prompt.locator(':enabled'))
        .waitFor();
      const seen = await prompt.evaluate(
        () => (window as unknown as { seen: [string, boolean, number][] }).seen,
      );
      const dear = seen.filter(([says]) => says.includes('700'));
      const [first] = dear;
      const pressable = dear.find(([, enabled]) => enabled);
      check(first && !first[1] && pressable && pressable[2] - first[2] > 480, JSON.stringify(dear));
      await reject(prompt);
      equal(code(await told), 'USER_REJECTED', 'the answer');
    },
  ],
  [
    'a page that leaves while it is asked about',
    async (scene) => {
      const { prompt } = await asking(scene);
      const closed = prompt.waitForEvent('close');
      await scene.page.goto('about:blank');
      await closed;
      await scene.page.goto(scene.shop.url);
    },
  ],
  [
    'two sites at once',
    async (scene) => {
      const other = await scene.driver.context.newPage();
      await other.goto(scene.shop.url.replace('127.0.0.1', 'localhost'));
      await other.getByRole('heading').click();
      const { prompt } = await asking(scene);
      const enabled = call(other, 'enable');
      equal(
        await prompt.getByTestId('origin').innerText(),
        new URL(scene.shop.url).origin,
        'the first question',
      );
      await prompt.getByRole('button', { name: 'Reject' }).click();
      const second = await scene.driver.prompt(CONNECTS);
      check(
        (await second.getByTestId('origin').innerText()).includes('localhost'),
        'the second names another site',
      );
      await reject(second);
      equal(code(await enabled), 'USER_REJECTED', 'the second answer');
      await other.close();
    },
  ],
  [
    'a memo that is long, of many lines and of markup',
    async (scene) => {
      const memo = `${'<b onclick=alert(1)>PAY 1 sat</b>\n'.repeat(8)}${'W'.repeat(300)}`;
      const { prompt } = await asking({ ...scene, bolt11: await invoice(scene, memo) });
      await prompt.getByTestId('approve').waitFor();
      for (const id of ['approve', 'total', 'origin']) {
        const box = await prompt.getByTestId(id).first().boundingBox();
        check(box && box.y >= 0 && box.y + box.height <= 560, `${id} is out of sight`);
      }
      check(
        /700/.test(await prompt.getByTestId('approve').innerText()),
        'the button does not name the amount',
      );
      equal(await prompt.locator('b[onclick]').count(), 0, 'markup');
      equal(await axeFaults(prompt, 'a long memo'), [], 'what axe finds');
      await reject(prompt);
    },
  ],
  [
    'a memo of letters that are not seen, or that turn others around',
    async (scene) => {
      const memo = 'total\u200b 1 sat \u202estas 007\u202c \u2066x\u2069\u00ad\ufeff';
      const { prompt } = await asking({ ...scene, bolt11: await invoice(scene, memo) });
      const shown = await prompt.getByTestId('stranger').innerText();
      check(!/[\u200b\u202a-\u202e\u2066-\u2069\u00ad\ufeff]/.test(shown), 'unseen letters are still there');
      for (const name of ['200B', '202E', '202C', '2066', '2069', '00AD', 'FEFF'])
        check(shown.includes(`‹U+${name}›`), `${name} is not told in ${shown}`);
      await reject(prompt);
    },
  ],
  [
    'a Lightning address whose service redirects into the private network, or never ends',
    async (scene) => {
      let knocked = 0;
      const router = await listen((_q, r) => {
        knocked++;
        r.end('{}');
      });
      let sent = 0;
      const service = await listen((request, response) => {
        if (request.url!.includes('redirect'))
          return void response.writeHead(302, { location: `http://127.0.0.1:${router.port}/admin` }).end();
        const more = (): void => {
          for (let open = true; open && !response.destroyed;)
            open = response.write('x'.repeat(65_536), () => (sent += 65_536));
          response.once('drain', more);
        };
        more();
      });
      try {
        for (const user of ['redirect', 'endless']) {
          const told = call(scene.page, 'lnurl', `${user}@localhost:${service.port}`);
          const prompt = await scene.driver.prompt(PAYS);
          await prompt.getByLabel('Amount in sats').fill('700');
          await prompt.getByTestId('approve').click();
          await prompt.getByRole('alert').first().waitFor();
          const closed = prompt.waitForEvent('close');
          await prompt.getByRole('button', { name: /Reject|Close/ }).click();
          await closed;
          check(code(await told) !== undefined, `${user} was paid`);
        }
        equal(knocked, 0, 'requests to the private network');
        check(sent < 50_000_000, `${sent} bytes were taken`);
      } finally {
        await service.stop();
        await router.stop();
      }
    },
  ],
  [
    'clicks that nobody made on a lightning: link',
    async (scene) => {
      const page = await scene.visit('link&amount=500');
      const link = page.getByRole('link', { name: 'Pay in another wallet' });
      await link.waitFor();
      await link.evaluate((a) => {
        a.addEventListener('click', (e) => e.preventDefault());
        (a as HTMLAnchorElement).click();
        const made = new MouseEvent('click', { bubbles: true, cancelable: true, composed: true });
        a.dispatchEvent(made);
        const lying = new MouseEvent('click', { bubbles: true, cancelable: true });
        try {
          Object.defineProperty(lying, 'isTrusted', { value: true });
        } catch {
          // it cannot be
        }
        a.dispatchEvent(lying);
        a.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        a.dispatchEvent(new PointerEvent('auxclick', { button: 1, bubbles: true }));
      });
      // Whatever the clicks had sent would have been sent before this call.
      await callWebln(page, 'isEnabled');
      equal([await scene.badge(), prompts(scene).length], ['', 0], 'questions, windows');
      await page.close();
    },
  ],
  [
    'three refusals, then asking again, over the death of the worker',
    async (scene) => {
      for (let i = 0; i < 3; i++) await reject((await asking(scene)).prompt);
      equal(code(await callWebln(scene.page, 'sendPayment', scene.bolt11)), 'RATE_LIMITED', 'the fourth');
      await scene.driver.killWorker();
      equal(code(await callWebln(scene.page, 'sendPayment', scene.bolt11)), 'RATE_LIMITED', 'the fifth');
      equal(prompts(scene).length, 0, 'windows');
    },
  ],
];
