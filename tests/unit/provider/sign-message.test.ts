import { describe, expect, it } from 'vitest';
import type { Sender } from '../../../src/messaging/runtime.ts';
import { enableSite } from '../../../src/store/sites.ts';
import { bench, queued, SHOP } from './helpers.ts';

const REF = { topOrigin: 'https://shop.example', frameOrigin: 'https://shop.example' };
const TEXT = 'Log in to <b>shop.example</b>\n7';

const codeOf = (reply: unknown) => (reply as { error: { code: string } }).error.code;

describe('signMessage', () => {
  it('the person agrees, and the page gets the text and its signature by the key of that site', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('signMessage', TEXT);
    const [row] = await queued(b, 1);
    expect(row).toMatchObject({ method: 'signMessage', params: { message: TEXT }, ...REF });
    expect(page.replies).toEqual([]);
    await b.provider.approve(id, {});
    const signature = `${TEXT} signed for ${REF.topOrigin} ${REF.frameOrigin}`;
    expect(await page.reply(id)).toEqual({ id, result: { message: TEXT, signature } });
  });

  it('a frame of another origin signs with a key of the pair', async () => {
    const b = await bench();
    const frame: Sender = {
      origin: 'https://login.example',
      url: 'https://login.example/',
      frameId: 7,
      tab: { id: 1, url: 'https://shop.example/cart' },
    };
    const page = b.open(frame);
    const id = page.call('signMessage', 'x');
    await queued(b, 1);
    await b.provider.approve(id, {});
    expect(await page.reply(id)).toMatchObject({
      result: { signature: 'x signed for https://shop.example https://login.example' },
    });
  });

  it('refuses the phrase whose signature is the key to logins, however it is written', async () => {
    const b = await bench();
    const page = b.open();
    const phrase =
      'DO NOT EVER SIGN THIS TEXT WITH YOUR PRIVATE KEYS! IT IS ONLY USED FOR DERIVATION OF LNURL-AUTH';
    for (const text of [phrase, `Hello\n${phrase.toLowerCase().replaceAll(' ', '  ')}`])
      expect(codeOf(await page.reply(page.call('signMessage', text)))).toBe('INVALID_ARGUMENT');
    expect(await b.waiting()).toEqual([]);
  });

  it('is asked each time, also of a site that is known', async () => {
    const b = await bench();
    await b.db.write(['sites'], (tx) => enableSite(tx, REF, 1));
    const page = b.open();
    for (const text of ['one', 'one']) {
      const id = page.call('signMessage', text);
      await queued(b, 1);
      await b.provider.refuse(id);
      expect(codeOf(await page.reply(id))).toBe('USER_REJECTED');
    }
  });

  it('when the worker died, the bridge asks again with its id and gets the one answer', async () => {
    const b = await bench();
    const first = b.open();
    const id = first.call('signMessage', 'x');
    await queued(b, 1);
    const later = await b.restart();
    const page = later.open();
    page.call('signMessage', 'x', id);
    await queued(later, 1);
    await later.provider.approve(id, {});
    expect(await page.reply(id)).toMatchObject({ result: { message: 'x' } });
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['an object', { message: 'x' }],
    ['a number', 7],
    ['more than anybody reads', 'x'.repeat(4001)],
    ['half a letter', 'a\ud83d'],
  ])('refuses %s without a question', async (_what, argument) => {
    const b = await bench();
    const page = b.open();
    expect(codeOf(await page.reply(page.call('signMessage', argument)))).toBe('INVALID_ARGUMENT');
    expect(await b.waiting()).toEqual([]);
  });

  it('a locked wallet signs nothing, and the question stays', async () => {
    const b = await bench();
    const page = b.open();
    const id = page.call('signMessage', 'x');
    await queued(b, 1);
    b.lock.state = 'locked';
    await expect(b.provider.approve(id, {})).rejects.toThrow(/LOCKED/);
    expect(await b.waiting()).toHaveLength(1);
  });
});

describe('verifyMessage', () => {
  const signature = `x signed for ${REF.topOrigin} ${REF.frameOrigin}`;

  it('holds for what was signed here for this site, and for nothing else', async () => {
    const b = await bench();
    await b.db.write(['sites'], (tx) => enableSite(tx, REF, 1));
    const page = b.open(SHOP);
    const verify = (params: object) => page.reply(page.call('verifyMessage', params));
    expect(await verify({ signature, message: 'x' })).toMatchObject({ result: null });
    for (const params of [
      { signature, message: 'y' },
      { signature: 'x signed for https://other.example https://other.example', message: 'x' },
      { signature: 'y'.repeat(104), message: 'x' },
      { signature: 'y'.repeat(201), message: 'x' },
      { signature: 7, message: 'x' },
      { signature, message: '' },
      {},
    ])
      expect(codeOf(await verify(params))).toBe('INVALID_ARGUMENT');
    expect(await b.waiting()).toEqual([]);
  });

  it('needs a permission and an unlocked wallet, and asks nobody', async () => {
    const b = await bench();
    const page = b.open();
    const verify = () => page.reply(page.call('verifyMessage', { signature, message: 'x' }));
    expect(codeOf(await verify())).toBe('NOT_ENABLED');
    await b.db.write(['sites'], (tx) => enableSite(tx, REF, 1));
    b.lock.state = 'locked';
    expect(codeOf(await verify())).toBe('LOCKED');
    expect(b.prompts.shown).toBe(0);
  });
});

it('getInfo lists both, since both work', async () => {
  const b = await bench();
  await b.db.write(['sites'], (tx) => enableSite(tx, REF, 1));
  const page = b.open();
  const reply = (await page.reply(page.call('getInfo'))) as { result: { methods: string[] } };
  expect(reply.result.methods).toEqual(expect.arrayContaining(['signMessage', 'verifyMessage']));
});
