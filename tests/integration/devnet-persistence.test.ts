// A devnet with a folder goes on where it stopped: chain, coins, mailboxes, keys. Only payments under way are lost.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, encodeVtxo, vtxoId } from '../../src/ark/vtxo.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import {
  authorize,
  blindedFor,
  board,
  connectTo,
  freshKey,
  prepareSpend,
  pubkeyTo,
  spend,
} from './support/raw-user.ts';
import { refusal } from './support/refusal.ts';

test('coins, double-spend protection and mailboxes survive a restart', async () => {
  const options = {
    dataDir: mkdtempSync(join(tmpdir(), 'skiff-devnet-')),
    seed: new Uint8Array(32).fill(1),
    ark: { requiredBoardConfirmations: 1 },
  };
  const key = freshKey();
  const mailbox = freshKey();
  const first = await startDevnet(options);
  const before = connectTo(first);
  const coin = await board(first, before, key, 50_000n);
  const [child] = await spend(first, before, [
    { vtxo: coin, key, outputs: [{ amount: coin.amount, policy: pubkeyTo(key) }] },
  ]);
  if (child === undefined) throw new Error('no coin');
  await before.mailbox.postArkoorMessage({
    blindedId: blindedFor(first, mailbox, key),
    vtxos: [encodeVtxo(child, 'full')],
  });
  const height = first.chain.height();
  await first.stop();

  const second = await startDevnet(options);
  const after = connectTo(second);
  expect(second.chain.height()).toBe(height);
  expect(second.ark.serverPubkey).toEqual(first.ark.serverPubkey);
  expect(second.ark.state.vtxos.get(vtxoId(child))?.state).toBe('spendable');
  const elsewhere = { vtxo: coin, key, outputs: [{ amount: coin.amount, policy: pubkeyTo(freshKey()) }] };
  const { parts } = prepareSpend(second, [elsewhere]);
  expect((await refusal(after.ark.requestArkoorCosign({ parts }))).code).toBe('Internal');
  const { messages } = await after.mailbox.readMailbox({
    mailboxId: mailbox.public,
    authorization: authorize(second, mailbox),
  });
  expect(messages).toMatchObject([
    { message: { case: 'arkoor', value: { vtxos: [encodeVtxo(child, 'full')] } } },
  ]);
  await spend(second, after, [
    { vtxo: child, key, outputs: [{ amount: child.amount, policy: pubkeyTo(key) }] },
  ]);
  await second.stop();
});

test('invoices of wallets and the coins for them survive a restart; money that was on its way has gone back', async () => {
  const options = {
    dataDir: mkdtempSync(join(tmpdir(), 'skiff-devnet-')),
    seed: new Uint8Array(32).fill(2),
    ark: { requiredBoardConfirmations: 1 },
  };
  const key = freshKey();
  const hashes = [1, 2].map((n) => sha256(new Uint8Array(32).fill(n)));
  const start = (devnet: Devnet, paymentHash: Uint8Array) =>
    connectTo(devnet).ark.startLightningReceive({ paymentHash, amountSat: 5_000n, minCltvDelta: 216 });
  const first = await startDevnet(options);
  const [open, paid] = [await start(first, hashes[0]!), await start(first, hashes[1]!)];
  first.ark.state.tokens.set('sesame', { used: false });
  first.lightning.payer.pay(paid.bolt11);
  await connectTo(first).ark.checkLightningReceive({ hash: hashes[1], wait: true });
  const pool = first.ark.state.pool.length;
  await first.stop();

  const second = await startDevnet(options);
  const { ark } = connectTo(second);
  expect((await ark.checkLightningReceive({ hash: hashes[1], wait: false })).status).toBe(4);
  expect((await start(second, hashes[0]!)).bolt11).toBe(open.bolt11);
  expect(second.ark.state.pool).toHaveLength(pool);
  expect(second.ark.state.tokens.get('sesame')).toEqual({ used: false });
  const payment = second.lightning.payer.pay(open.bolt11);
  await ark.checkLightningReceive({ hash: hashes[0], wait: true });
  const { htlcVtxos } = await ark.prepareLightningReceiveClaim({
    paymentHash: hashes[0],
    userPubkey: key.public,
    htlcRecvExpiry: second.chain.height() + 214,
  });
  const coins = htlcVtxos
    .map((bytes) => decodeVtxo(nobleCurve, bytes, 'full'))
    .sort((a, b) => (toHex(vtxoIdBytes(a.point)) < toHex(vtxoIdBytes(b.point)) ? -1 : 1));
  const { parts, finish } = prepareSpend(
    second,
    coins.map((vtxo) => ({ vtxo, key, outputs: [{ amount: vtxo.amount, policy: pubkeyTo(key) }] })),
  );
  const cosignRequest = { parts };
  const paymentPreimage = new Uint8Array(32).fill(1);
  finish(await ark.claimLightningReceive({ paymentHash: hashes[0], paymentPreimage, cosignRequest }));
  await payment.ended;
  expect(payment.state).toBe('paid');
  await second.stop();
});
