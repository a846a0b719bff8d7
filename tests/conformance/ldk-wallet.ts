// Real LDK as the static-invoice server of the product's own wallet: chosen by node id and WebSocket as a person would, on a
// disk, beside an Ark server (the devnet's). What LDK gets for an invoice of now is paid; who holds money back is released.
import { randomBytes } from 'node:crypto';
import { startDevnet } from '../../devnet/index.ts';
import { startBridge } from '../../devnet/lightning/bridge.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { decodeBolt12Invoice } from '../../src/lightning/bolt12/invoice.ts';
import { fund, newWallet, openInstance, type Instance } from '../integration/support/wallets.ts';
import { startLdk } from './ldk-peer.ts';
import { ldkBinary } from './tools.ts';

const PATIENCE_MS = 60_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20)) if (await holds()) return;
  throw new Error(`never: ${what}`);
}

/** The worker's part: the connection is kept. */
function follow({ wallet }: Instance): () => Promise<void> {
  const over = new AbortController();
  const followed = wallet.followOffers(over.signal, (ms) => pause(Math.min(ms, 100))).catch(() => undefined);
  return async () => {
    over.abort();
    await followed;
  };
}

async function offerOf({ wallet }: Instance): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const own = await wallet.ownOffer();
    if (own.is === 'ready') return own.offer;
  }
  throw new Error('no offer');
}

/** Sets up, is asked awake and paid, is asked asleep and answers after waking. */
export async function walletAtLdk(): Promise<void> {
  const ldk = await startLdk(await ldkBinary());
  const bridge = await startBridge(ldk.port);
  const devnet = await startDevnet();
  let wallet: Instance | undefined;
  try {
    devnet.chain.mine(110);
    const first = await newWallet(devnet);
    wallet = first;
    await fund(devnet, first, 50_000n);
    ldk.say('paths 5eaf00d5');
    const { paths } = await ldk.next('paths');
    const choice = { server: `${ldk.server}@${bridge.url}`, paths: (paths as string[]).join(' ') };
    await first.wallet.chooseOfferServer(choice);
    const offer = await offerOf(first);
    await ldk.next('kept');

    const stop = follow(first);
    const before = (await first.wallet.balance()).spendable;
    const awake = randomBytes(32).toString('hex');
    ldk.say(`pay ${offer} 3000000 ${awake}`);
    const { invoice } = await ldk.next('invoice', (e) => e['payment_id'] === awake);
    const { text } = decodeBolt12Invoice(curve, fromHex(String(invoice)));
    const sent = devnet.lightning.payer.pay(text);
    await until('the invoice is claimed', async () => {
      await first.wallet.sync();
      return (await first.wallet.invoice(sent.paymentHash))?.state === 'claimed';
    });
    const gained = (await first.wallet.balance()).spendable - before;
    if (gained <= 2_500n || gained > 3_000n) throw new Error(`received ${gained}`);

    await stop();
    await first.close();
    await until('LDK sees it gone', async () => {
      ldk.say('peers');
      return ((await ldk.next('peers'))['peers'] as string[]).length <= 1;
    });
    const asleep = randomBytes(32).toString('hex');
    ldk.say(`pay ${offer} 4000000 ${asleep}`);
    await ldk.next('static-invoice', (e) => e['payment_id'] === asleep);
    for (let i = 0; i < 2; i++) await ldk.next('stored');
    wallet = await openInstance(devnet, first.profile);
    await wallet.wallet.sync();
    await ldk.next('released', (e) => e['payment_id'] === asleep);
    if ((await offerOf(wallet)) !== offer) throw new Error('another offer after the restart');
  } finally {
    await wallet?.close();
    await devnet.stop();
    await bridge.stop();
    ldk.stop();
  }
}
