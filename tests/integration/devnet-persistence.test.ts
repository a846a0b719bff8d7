// A devnet with a folder goes on where it stopped: chain, coins, mailboxes, keys. Only payments under way are lost.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDevnet } from '../../devnet/index.ts';
import { encodeVtxo, vtxoId } from '../../src/ark/vtxo.ts';
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
