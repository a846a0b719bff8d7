// The worker's life as the server sees it, with nobody attached to the worker: the stream is open while it lives, it is
// ended when nothing waits, the alarm brings it back within 65 s, and there is never more than one stream.
import { startDevnet } from '../../devnet/index.ts';
import { fund, newWallet } from '../integration/support/wallets.ts';
import { sats } from '../../src/units.ts';
import { PASSWORD, until } from '../../scripts/driver.ts';
import { check, equal } from './bench.ts';
import { launchUndebugged, type UndebuggedPage } from './undebugged.ts';

const WORDS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
/** An idle worker is ended after 30 s; a slow machine gets some more. */
const DEATH_MS = 75_000;
const BACK_MS = 65_000;

type Reply<T> = { ok?: T; error?: { code: string } };

/** A command of the extension's own pages. */
async function command<T>(page: UndebuggedPage, name: string, request: object = {}): Promise<T> {
  const message = JSON.stringify({ command: name, request });
  const reply = await page.evaluate<Reply<T>>(`chrome.runtime.sendMessage(${message})`);
  if (reply.error) throw new Error(`${name}: ${reply.error.code}`);
  return reply.ok as T;
}

/** The life of a worker that nobody watches. Resolves with what was seen, in seconds. */
export async function idleWorker(): Promise<string> {
  const devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  const payer = await newWallet(devnet);
  const browser = await launchUndebugged();
  const { mischief } = devnet.ark;
  const streams = (open: number) => () => mischief.streams.open === open || undefined;
  const since = (start: number) => ((Date.now() - start) / 1000).toFixed(1);
  try {
    await fund(devnet, payer, 100_000n);
    const page = await browser.open('popup.html');
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 1000))');
    await command(page, 'createWallet', {
      words: WORDS,
      password: PASSWORD,
      autoLockMinutes: 60,
      connection: { network: 'regtest', arkUrl: devnet.arkUrl, esploraUrls: [devnet.esploraUrl] },
    });
    await until(streams(1), 'the stream of the new wallet');
    const { arkAddress: address } = await command<{ arkAddress: string }>(page, 'receive');
    await browser.closePages();
    await page.close().catch(() => undefined);

    const closed = Date.now();
    await until(streams(0), 'the end of the idle worker', DEATH_MS);
    const died = since(closed);
    const dead = Date.now();
    const paid = await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(4_321n) });
    await payer.wallet.outcome(paid.actionId);
    await until(streams(1), 'the stream of the next life', BACK_MS);
    const back = since(dead);
    await until(streams(0), 'the end of the second life', DEATH_MS);
    const again = Date.now();
    await until(streams(1), 'the third life', BACK_MS);
    const third = since(again);
    equal(mischief.streams.most, 1, 'the most streams at a time');

    const look = await browser.open('popup.html');
    const shown = await look.evaluate<string>(
      `new Promise((resolve) => { const t = setInterval(() => {
        const text = document.querySelector('[data-testid=balance]')?.textContent ?? '';
        if (/4.?321/.test(text)) { clearInterval(t); resolve(text); } }, 100); setTimeout(() => resolve(
        document.body.innerText), 20000); })`,
    );
    check(/4.?321/.test(shown), `the popup shows what came while the worker was dead, not ${shown}`);
    await look.close();
    return `worker dead after ${died} s, back after ${back} s and ${third} s`;
  } finally {
    await browser.stop();
    await payer.close();
    await devnet.stop();
  }
}
