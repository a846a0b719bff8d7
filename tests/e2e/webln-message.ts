// signMessage and verifyMessage: a page has a text signed, and anybody can tell by which key.
import { approve } from '../../scripts/driver.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { signerOf } from '../../src/lightning/signed-message.ts';
import { callWebln, check, equal } from './bench.ts';
import type { Bench } from './bench.ts';
import type { Case } from './run.ts';

const ASKS = 'wants you to sign this text';
const TEXT = 'Log in <img src=x onerror="document.title=1">\nNonce \u202e42';

/** Has `text` signed by hand. Resolves with the key that did it. */
async function sign({ driver }: Bench, page: Parameters<typeof callWebln>[0], text: string) {
  const signed = callWebln(page, 'signMessage', text);
  const prompt = await driver.prompt(ASKS);
  const shown = await prompt.getByTestId('message').innerText();
  equal(await prompt.locator('img').count(), 0, 'pictures that the text made');
  await approve(prompt);
  const { message, signature } = (await signed) as Record<string, string>;
  equal(message, text, 'what was signed');
  const signer = signerOf(nobleCurve, text, signature!);
  return { shown, signature: signature!, key: toHex(signer ?? new Uint8Array()) };
}

export const weblnMessageCases: Case[] = [
  {
    name: 'a page has a text signed that the person has read as it is; each site gets a key of its own',
    async run(bench) {
      const { connect, visit, driver, shop } = bench;
      await connect();
      const page = await visit();
      await page.getByRole('heading').click();
      const info = (await callWebln(page, 'getInfo')) as { methods: string[] };
      check(info.methods.includes('signMessage'), 'signMessage is not listed');
      const { shown, signature, key } = await sign(bench, page, TEXT);
      check(
        shown.includes('<img src=x onerror') && shown.includes('‹U+202E›42'),
        `the prompt shows ${shown}`,
      );
      check(/^0[23]/.test(key), 'the signature is not by a key');
      const verify = (text: string) =>
        page.evaluate(
          ([by, what]) =>
            (window as unknown as { webln: { verifyMessage(s: string, m: string): Promise<void> } }).webln
              .verifyMessage(by!, what!)
              .then(
                () => 'holds',
                (e: { code: string }) => e.code,
              ),
          [signature, text],
        );
      equal(await verify(TEXT), 'holds', 'verifyMessage of the text');
      equal(await verify(`${TEXT}.`), 'INVALID_ARGUMENT', 'verifyMessage of another text');

      await page.getByRole('heading').click();
      equal((await sign(bench, page, 'again')).key, key, 'the key the second time');
      const other = await driver.context.newPage();
      await other.goto(`${shop.url.replace('127.0.0.1', 'localhost')}/`);
      await other.getByRole('heading').click();
      const there = await sign(bench, other, TEXT);
      check(there.key !== key, 'two sites know the same key');

      await page.bringToFront();
      await page.getByRole('heading').click();
      const refused = callWebln(page, 'signMessage', 'no');
      const prompt = await driver.prompt(ASKS);
      await prompt.getByRole('button', { name: 'Reject' }).click();
      check(/User rejected/.test(JSON.stringify(await refused)), 'the page hears of the refusal');
    },
  },
];
