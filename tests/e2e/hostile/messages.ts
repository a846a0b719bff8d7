// Tricks with messages: to the bridge, from it, past it, and in numbers and sizes that nobody needs.
import { PAYS, until } from '../../../scripts/driver.ts';
import { callWebln, check, equal } from '../bench.ts';
import { grabPort } from '../grab-port.ts';
import { prompts, served } from './scene.ts';
import type { Trick } from './scene.ts';

type Webln = Record<string, (x?: unknown) => Promise<unknown>>;

/** No question is left: those of a page that went are withdrawn after a moment. */
const quiet = async ({ badge }: { badge(): Promise<string> }): Promise<void> => {
  for (const end = Date.now() + 20_000; (await badge()) !== ''; await new Promise((r) => setTimeout(r, 100)))
    check(Date.now() < end, 'questions of a page that went still wait');
};

export const messageTricks: Trick[] = [
  [
    'a port of its own, offered as the bridge',
    async ({ page }) => {
      const stolen = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: Webln };
        const heard: unknown[] = [];
        for (const target of ['*', location.origin]) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => heard.push(data);
          window.postMessage('skiff:webln-port', target, [port2]);
        }
        // Whatever the page posted has been delivered before this comes around.
        await new Promise((r) => {
          addEventListener('message', ({ data }) => data === 'after' && r(undefined));
          postMessage('after');
        });
        await webln['isEnabled']!();
        return heard.length;
      });
      equal(stolen, 0, 'messages that the page heard');
    },
  ],
  [
    'a port offered to a frame of another site, before and after it has loaded',
    (scene) =>
      served(
        scene,
        {
          'https://outer.example': {
            html: `<iframe src="https://inner.example/"></iframe><script>
              heard = [];
              const offer = () => {
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = ({ data }) => heard.push(data);
                frames[0].postMessage('skiff:webln-port', '*', [port2]);
              };
              offer();
              offering = setInterval(offer, 1);
              document.querySelector('iframe').onload = () => { offer(); loaded = true; };
            </script>`,
          },
          'https://inner.example': { html: '<title>inner</title>' },
        },
        async (open) => {
          const page = await open('https://outer.example/');
          await page.waitForFunction('window.loaded');
          const inner = page.frames()[1]!;
          equal(await callWebln(inner, 'isEnabled'), false, 'an answer to the frame');
          equal(
            await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard.length),
            0,
            'what the page around it heard',
          );
        },
      ),
  ],
  [
    'listeners of the page that come first, for the port as it is handed over',
    (scene) =>
      served(
        scene,
        {
          'https://early.example': {
            html: `<script>
              heard = [];
              for (const type of [true, false]) addEventListener('message', (e) => heard.push(e.ports.length), type);
              onmessage = (e) => heard.push(e.ports.length);
            </script>`,
          },
        },
        async (open) => {
          const page = await open('https://early.example/');
          equal(await callWebln(page, 'isEnabled'), false, 'an answer');
          const heard = await page.evaluate(() => (window as unknown as { heard: number[] }).heard);
          equal(heard, [], 'ports that the page saw');
        },
      ),
  ],
  [
    'answers that the page makes up for itself, and calls under ids that are taken',
    async ({ page, badge }) => {
      const answers = await (
        await grabPort(page)
      ).evaluate(async (port) => {
        const { webln } = window as unknown as { webln: Webln };
        // The wallet hears calls only, whatever else is said on the port, and believes nothing beside them.
        const lies = [
          { id: 1001, result: { preimage: '00'.repeat(32) } },
          { id: 1002, error: { name: 'x', code: 'x', message: 'x' } },
          { event: 'accountChanged' },
          { id: 1003, parked: true },
          { id: -1, method: 'isEnabled', gesture: true, site: { topOrigin: 'https://bank.example' } },
          { id: 1e308, method: 'isEnabled', origin: 'https://bank.example' },
        ];
        for (const lie of lies) port.postMessage(lie);
        return [await webln['isEnabled']!(), await webln['isEnabled']!()];
      });
      equal(answers, [true, true], 'the answers to honest calls');
      equal(await badge(), '', 'questions');
    },
  ],
  [
    'one id for many calls, on its own port',
    async (scene) => {
      const { page, bolt11, driver } = scene;
      await (
        await grabPort(page)
      ).evaluate((port, pr) => {
        for (let i = 0; i < 20; i++) port.postMessage({ id: 7, method: 'sendPayment', params: pr });
      }, bolt11);
      const prompt = await driver.prompt(PAYS);
      equal(prompts(scene).length, 1, 'windows');
      // After the third no the rest is not shown any more.
      const closed = prompt.waitForEvent('close');
      const no = prompt.getByRole('button', { name: 'Reject' });
      for (let i = 0; i < 3; i++) {
        await no.and(prompt.locator(':enabled')).click();
        if (i < 2) await prompt.getByText(PAYS).waitFor();
      }
      await closed;
    },
  ],
  [
    'ten thousand calls at once',
    async ({ page }) => {
      const codes = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: Webln };
        const calls = Array.from({ length: 10_000 }, () =>
          webln['isEnabled']!().then(String, (e: { code: string }) => e.code),
        );
        return [...new Set(await Promise.all(calls))];
      });
      check(codes.includes('RATE_LIMITED'), codes.join());
    },
  ],
  [
    'ten thousand payments asked for at once',
    async (scene) => {
      const { page, bolt11, badge } = scene;
      const refused = await page.evaluate(async (pr) => {
        const { webln } = window as unknown as { webln: Webln };
        const codes: string[] = [];
        let enough: () => void;
        const most = new Promise<void>((r) => (enough = r));
        for (let i = 0; i < 10_000; i++)
          webln['sendPayment']!(pr).catch((e: { code: string }) => {
            if (codes.push(e.code) === 9995) enough();
          });
        await most;
        return [...new Set(codes)];
      }, bolt11);
      equal(refused, ['RATE_LIMITED'], 'what all but five were told');
      equal(await badge(), '5', 'questions that wait');
      check(prompts(scene).length <= 1, `${prompts(scene).length} windows`);
      await page.close();
      await quiet(scene);
    },
  ],
  [
    'fifty million characters',
    async ({ page }) => {
      for (const method of ['sendPayment', 'lnurl', 'signMessage']) {
        const answer = await page.evaluate(
          (name) =>
            (window as unknown as { webln: Webln }).webln[name]!('x'.repeat(50_000_000)).catch(
              (e: { code: string }) => e.code,
            ),
          method,
        );
        equal(answer, 'INVALID_ARGUMENT', method);
      }
    },
  ],
  [
    'fifty megabytes in an object, in bytes, and a nesting without end',
    async ({ page }) => {
      const answers = await page.evaluate(async () => {
        const { webln } = window as unknown as { webln: Webln };
        let deep: unknown = 'lnbc1';
        for (let i = 0; i < 20_000; i++) deep = [deep];
        const loop: Record<string, unknown> = {};
        loop['self'] = loop;
        const large = [
          { paymentRequest: 'x'.repeat(50_000_000) },
          { paymentHash: new Uint8Array(50_000_000) },
          Array.from({ length: 200_000 }, () => 'x'),
          deep,
          loop,
          10n,
        ];
        return Promise.all(
          large.map((x) => webln['lookupInvoice']!(x).catch((e: { code: string }) => e.code)),
        );
      });
      equal([...new Set(answers)], ['INVALID_ARGUMENT'], 'the answers');
    },
  ],
  [
    'many frames, each with calls of its own',
    (scene) =>
      served(scene, { 'https://frames.example': { html: '<title>frames</title>' } }, async (open) => {
        const page = await open('https://frames.example/');
        const codes = await page.evaluate(async () => {
          const codes: string[] = [];
          const all = Array.from({ length: 8 }, async (_, n) => {
            const frame = document.createElement('iframe');
            frame.src = `/?${n}`;
            document.body.append(frame);
            await new Promise((r) => (frame.onload = r));
            const { webln } = frame.contentWindow as unknown as { webln: Webln };
            for (let i = 0; i < 6; i++) {
              const calls = Array.from({ length: 49 }, () =>
                webln['isEnabled']!().then(String, (e: { code: string }) => e.code),
              );
              codes.push(...(await Promise.all(calls)));
            }
          });
          await Promise.all(all);
          return codes;
        });
        check(codes.includes('RATE_LIMITED'), 'nobody counts the frames of a site together');
        check(codes.filter((c) => c === 'false').length <= 1500, 'more than the site’s share was heard');
      }),
  ],
  [
    'a prompt for every way of asking at once',
    async (scene) => {
      const { page, bolt11 } = scene;
      await page.getByRole('heading').click();
      await page.evaluate((pr) => {
        const { webln } = window as unknown as { webln: Webln };
        for (let i = 0; i < 5; i++)
          for (const [method, x] of [
            ['sendPayment', pr],
            ['makeInvoice', 5],
            ['signMessage', 'x'],
            ['getBalance', undefined],
          ] as const)
            webln[method]!(x).catch(() => undefined);
      }, bolt11);
      await until(() => prompts(scene)[0], 'the prompt');
      await page.evaluate(() => (window as unknown as { webln: Webln }).webln['isEnabled']!());
      equal(prompts(scene).length, 1, 'windows');
      check(Number(await scene.badge()) <= 5, `${await scene.badge()} questions wait`);
      const [prompt] = prompts(scene);
      const closed = prompt!.waitForEvent('close');
      await page.close();
      await closed;
    },
  ],
];
