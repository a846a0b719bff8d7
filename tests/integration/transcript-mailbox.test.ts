// The mailboxes that the published bark 0.8.0 read from a real server, read again by Skiff's own handlers: each wallet of
// the transcripts ends up with exactly the coins that were sent to it, and with the balance that they leave once those
// that the transcript spends later are gone. (Authorizations and blinded ids are verified in tests/transcripts.)
import { beforeAll, describe, expect, test } from 'vitest';
import { mnemonicToSeedSync } from '@scure/bip39';
import { IDBFactory } from 'fake-indexeddb';
import { readFileSync } from 'node:fs';
import { startDevnet } from '../../devnet/index.ts';
import { serializeTx } from '../../src/ark/tx.ts';
import { decodeVtxo, vtxoId } from '../../src/ark/vtxo.ts';
import { vtxoIdFromBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import type * as box from '../../src/server/gen/mailbox_server_pb.js';
import { keepAnchor } from '../../src/store/anchors.ts';
import { markSpent } from '../../src/store/coins.ts';
import { setMeta } from '../../src/store/meta.ts';
import type { KeyRow } from '../../src/store/rows.ts';
import { Tally } from '../transcripts/tally.ts';
import { readCalls, type Call } from '../transcripts/transcript.ts';
import { ofType } from '../transcripts/walk.ts';
import { buildWorld, type World } from '../transcripts/world.ts';
import { bentWallet, inboxOf, received, spendable } from './support/mailbox.ts';

const FOLDER = 'tests/transcripts';
const KEYS = 60;
const files = [
  '03-arkoor-send-receive',
  '07-lightning-receive',
  '08-lightning-within-the-server',
  '13-recover-from-seed',
];

let calls: Call[];
let world: World;
let words: Record<string, string>;

beforeAll(() => {
  calls = readCalls(FOLDER, () => new Tally());
  world = buildWorld(FOLDER, calls, () => new Tally());
  const text = readFileSync(`${FOLDER}/wallets.json`, 'utf8');
  words = (JSON.parse(text) as { wallets: Record<string, string> }).wallets;
});

/** A wallet with this seed, as it would be after its first contact with the server of the transcripts. */
async function reader(name: string, messages: readonly box.MailboxMessage[]) {
  const devnet = await startDevnet();
  const posted: string[] = [];
  const server = {
    clockSkew: () => 0,
    readMailbox: async ({ checkpoint }: { checkpoint: bigint }) => ({
      messages: messages.filter((m) => m.checkpoint > checkpoint),
      haveMore: false,
    }),
    registerVtxoTransactions: async () => ({}),
    postRecoveryVtxoIds: async ({ vtxoIds }: { vtxoIds: Uint8Array[] }) => {
      posted.push(...vtxoIds.map((id) => vtxoIdText(vtxoIdFromBytes(id))));
      return {};
    },
  } as unknown as ArkServer;
  const profile = { idb: new IDBFactory(), seed: mnemonicToSeedSync(words[name]!) };
  const w = await bentWallet(devnet, profile, { server: async () => server });
  const keys = world.wallets.get(name)!;
  await w.db.write(['meta', 'keys', 'anchors'], async (tx) => {
    await setMeta(tx, 'wallet', {
      network: 'regtest',
      fingerprint: keys.fingerprint,
      serverPubkey: toHex(world.serverPubkey),
      mailboxPubkey: toHex(world.mailboxPubkey),
      createdAt: 0,
    });
    for (let index = 0; index < KEYS; index++) {
      const pubkey = toHex(keys.vtxoPublicKey(index));
      await tx.put<KeyRow>('keys', { index, pubkey, purpose: 'address', createdAt: 0 });
    }
    for (const [txid, parsed] of world.chain)
      await keepAnchor(tx, { txid, raw: serializeTx(parsed), height: 1, blockHash: '' });
  });
  const close = async () => {
    await w.close();
    await devnet.stop();
  };
  return { w, posted, close };
}

/** Ids of coins that any call of the file asks the server to spend. */
const spentIn = (file: readonly Call[]): Set<string> =>
  new Set(
    file
      .flatMap((call) => [
        ...ofType<ark.ArkoorCosignRequest>(call.requests, 'ArkoorCosignRequest').map((r) => r.inputVtxoId),
        ...ofType<ark.PrepareOffboardRequest>(call.requests, 'PrepareOffboardRequest').flatMap(
          (r) => r.inputVtxoIds,
        ),
      ])
      .map((id) => vtxoIdText(vtxoIdFromBytes(id))),
  );

describe.each(files)('%s', (file) => {
  test('every package that was read there is taken in by the wallet that it was sent to', async () => {
    const mine = calls.filter((call) => call.file === `${file}.jsonl`);
    const reads = mine.filter((call) => call.method === 'ReadMailbox');
    expect(reads.length).toBeGreaterThan(0);
    for (const [name, keys] of world.wallets) {
      const { publicKey } = keys.mailbox();
      const own = reads.filter((call) =>
        ofType<box.MailboxRequest>(call.requests, 'MailboxRequest').every((r) =>
          equalBytes(r.mailboxId, publicKey),
        ),
      );
      const pages = own.flatMap((call) => ofType<box.MailboxMessages>(call.responses, 'MailboxMessages'));
      const sent = new Map(
        ofType<box.ArkoorMessage>(pages, 'ArkoorMessage')
          .flatMap((message) => message.vtxos)
          .map((bytes) => decodeVtxo(curve, bytes, 'full'))
          .map((vtxo) => [vtxoId(vtxo), vtxo.amount]),
      );
      const messages = pages.flatMap((page) => page.messages);
      const { w, posted, close } = await reader(name, messages);
      await w.wallet.readMail();
      const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((a, b) => a + b, 0n);
      expect((await w.wallet.coins(true)).map((c) => c.id).sort()).toEqual([...sent.keys()].sort());
      expect(await spendable(w)).toBe(sum(sent.values()));
      expect(sum(await received(w))).toBe(sum(sent.values()));
      expect(await inboxOf(w)).toEqual([]);

      const gone = [...spentIn(mine)].filter((id) => sent.has(id));
      await w.db.write(['coins', 'coinBodies'], (tx) => markSpent(tx, gone));
      expect(await spendable(w)).toBe(sum([...sent].flatMap(([id, n]) => (gone.includes(id) ? [] : [n]))));
      await w.wallet.stop();
      expect(posted.sort()).toEqual([...sent.keys()].sort());
      await close();
    }
  });
});

test('the transcripts do hold packages', () => {
  const messages = calls.flatMap((call) => ofType<box.ArkoorMessage>(call.responses, 'ArkoorMessage'));
  expect(messages.length).toBeGreaterThan(1);
});
