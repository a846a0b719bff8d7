// Reading the mailbox: nothing that was sent is lost, nothing counts twice, and no message stands in the way of another.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { GARBAGE } from '../../devnet/ark/mailbox-store.ts';
import { decodeMailboxAuthorization } from '../../src/ark/mailbox.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { SkiffError } from '../../src/errors.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import {
  bentWallet,
  checkpointOf,
  inboxOf,
  mailboxOf,
  payerOf,
  received,
  recoveryIds,
  send,
  spendable,
  unreachable,
  type Bent,
} from './support/mailbox.ts';
import { connectTo } from './support/raw-user.ts';

let devnet: Devnet;
let payer: Bent;
let w: Bent;
const opened: Bent[] = [];

beforeAll(async () => {
  devnet = await startDevnet({ ark: { requiredBoardConfirmations: 1 } });
  payer = await payerOf(devnet, 900_000n);
});
beforeEach(async () => {
  w = await bentWallet(devnet);
  opened.push(w);
});
afterAll(async () => {
  for (const instance of [...opened, payer]) await instance.close();
  await devnet.stop();
});

const later = (ms: number) => devnet.clock.advance(ms);
/** Changes the pages that a wallet reads. */
async function pages(
  wallet: Bent,
  change: (messages: Awaited<ReturnType<ArkServer['readMailbox']>>['messages']) => typeof messages,
): Promise<void> {
  const server = await wallet.ports.server();
  wallet.bends.server = {
    readMailbox: async (request, options) => {
      const page = await server.readMailbox(request, options);
      return { ...page, messages: change(page.messages) };
    },
  };
}
/** All coins of a page in one package. */
const merged: Parameters<typeof pages>[1] = (messages) => {
  const last = messages.at(-1);
  if (!last) return [];
  const vtxos = messages.flatMap((m) => (m.message.case === 'arkoor' ? m.message.value.vtxos : []));
  return [{ ...last, message: { case: 'arkoor', value: { ...last.message.value, vtxos } } } as typeof last];
};

describe('the inbox', () => {
  test('a message is on disk, and the checkpoint past it, before anything is done with it', async () => {
    await send(payer, w, 2_000n);
    w.bends.chain = { tx: unreachable };
    await w.wallet.sync();
    const [row] = await inboxOf(w);
    expect(row).toMatchObject({ attempts: 1, checkpoint: await checkpointOf(w) });
    expect(await spendable(w)).toBe(0n);
    w.bends.chain = {};
    await w.wallet.wake();
    expect(await spendable(w)).toBe(0n); // its time has not come
    later(10_000);
    await w.wallet.wake();
    expect([await spendable(w), await inboxOf(w)]).toEqual([2_000n, []]);
  });

  test('a coin whose anchor is not visible yet is taken when it is; those beside and behind it at once', async () => {
    const other = await payerOf(devnet, 50_000n);
    opened.push(other);
    await send(payer, w, 2_000n);
    await send(other, w, 3_000n);
    const hidden = (await other.wallet.coins(true)).map((c) => c.anchorTxid);
    const show = w.ports.chain.tx;
    w.bends.chain = { tx: async (txid) => (hidden.includes(txid) ? undefined : show(txid)) };
    await pages(w, merged);
    await w.wallet.sync();
    expect([await spendable(w), (await inboxOf(w)).length]).toEqual([2_000n, 1]);
    w.bends.server = {};
    await send(payer, w, 500n);
    await w.wallet.sync();
    expect([await spendable(w), (await inboxOf(w)).length]).toEqual([2_500n, 1]);
    w.bends.chain = {};
    later(600_000);
    await w.wallet.wake();
    expect([await spendable(w), await inboxOf(w)]).toEqual([5_500n, []]);
    expect((await received(w)).sort()).toEqual([2_000n, 3_000n, 500n]);
  });

  test('a message that keeps failing is tried again ever more seldom, and at least every ten minutes', async () => {
    await send(payer, w, 2_000n);
    w.bends.chain = { tx: unreachable };
    await w.wallet.sync();
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      const [row] = await inboxOf(w);
      waits.push(Math.round((row!.wakeAt - w.ports.now()) / 1000));
      later(row!.wakeAt - w.ports.now());
      await w.wallet.wake();
    }
    expect(waits[0]).toBeLessThanOrEqual(10);
    expect(waits.at(-1)).toBe(600);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
  });

  test('a disk that fails loses nothing: the checkpoint and the message are one write', async () => {
    await send(payer, w, 2_000n);
    const { db } = w.ports;
    let broken = true;
    const profile = await bentWallet(devnet, w.profile, {
      db: {
        ...db,
        write: (tables, body) => {
          if (broken && tables.includes('inbox'))
            throw new SkiffError({ code: 'STORE_FAILED', say: 'Full.' });
          return db.write(tables, body);
        },
      },
    });
    await expect(profile.wallet.sync()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect([await checkpointOf(w), await inboxOf(w)]).toEqual([0n, []]);
    broken = false;
    await profile.wallet.sync();
    expect(await spendable(w)).toBe(2_000n);
    await profile.wallet.stop();
  });
});

describe('what comes twice counts once', () => {
  test('a coin twice in a package, and a package with a coin that is known: only the new one counts', async () => {
    await send(payer, w, 2_000n);
    await w.wallet.sync();
    await send(payer, w, 3_000n);
    const all = devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages.flatMap((m) => m.items);
    const bodies = all.flatMap((item) => (item.kind === 'arkoor' ? [item.vtxo] : []));
    await pages(w, (messages) =>
      merged(messages).map((m) => {
        if (m.message.case === 'arkoor') m.message.value.vtxos = [...bodies, ...bodies];
        return m;
      }),
    );
    await w.wallet.sync();
    expect(await received(w)).toEqual([3_000n, 2_000n]);
    expect(await spendable(w)).toBe(5_000n);
  });

  test('messages that are repeated and in another order', async () => {
    await send(payer, w, 1_000n, 2_000n, 3_000n);
    devnet.ark.mischief.repeat(true);
    devnet.ark.mischief.reorder(true);
    await w.wallet.sync();
    devnet.ark.mischief.repeat(false);
    devnet.ark.mischief.reorder(false);
    expect((await received(w)).sort()).toEqual([1_000n, 2_000n, 3_000n]);
    expect(await inboxOf(w)).toEqual([]);
  });

  test('four readers of one wallet at the same time make one line of the history', async () => {
    const address = await send(payer, w, 4_000n);
    const readers = await Promise.all([1, 2, 3].map(() => bentWallet(devnet, w.profile)));
    await Promise.all([w, ...readers].map((r) => r.wallet.sync()));
    expect(await received(w)).toEqual([4_000n]);
    const [line] = await w.wallet.history();
    expect(line).toMatchObject({
      status: 'successful',
      subsystem: { name: 'bark.arkoor', kind: 'receive' },
      intended: 4_000n,
      effective: 4_000n,
      receivedOn: [{ type: 'ark', value: address, amount: 4_000n }],
    });
    for (const r of readers) await r.close();
  });

  test('a coin of another wallet does not count, nor one that was spent meanwhile', async () => {
    await send(payer, w, 5_000n);
    await w.wallet.sync();
    const { address } = await payer.wallet.newAddress();
    await w.wallet.pay(await w.wallet.inspect(address), { amount: 5_000n as never });
    await w.settle();
    await w.db.write(['mailbox'], (tx) => tx.delete('mailbox', 'main'));
    await w.wallet.sync();
    expect([await spendable(w), (await received(w)).length]).toEqual([0n, 1]);
    const other = await bentWallet(devnet);
    opened.push(other);
    const foreign = devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages;
    await pages(other, (messages) => (messages.length > 0 ? messages : []));
    const server = await w.ports.server();
    other.bends.server = {
      readMailbox: async (request) =>
        request.checkpoint === 0n
          ? server.readMailbox({ ...w.wallet.mailboxPass(w.ports.now() + 60_000), checkpoint: 0n })
          : ({ messages: [], haveMore: false } as never),
    };
    await other.wallet.sync();
    expect(foreign).toHaveLength(1);
    expect([await spendable(other), await inboxOf(other), await received(other)]).toEqual([0n, [], []]);
  });
});

describe('reading', () => {
  test('stops after ten pages, goes on when woken, and each page begins where the last one ended', async () => {
    devnet.ark.config.maxReadMailboxItems = 1;
    const amounts = Array.from({ length: 13 }, (_, i) => 1_000n + BigInt(i));
    await send(payer, w, ...amounts);
    const calls = () => devnet.ark.faults.calls.filter((c) => c.method === 'ReadMailbox').length;
    const before = calls();
    expect(await w.wallet.readMail()).toBe('more');
    expect([calls() - before, (await received(w)).length]).toEqual([10, 10]);
    await w.wallet.wake();
    devnet.ark.config.maxReadMailboxItems = 100;
    expect([calls() - before, (await received(w)).length]).toEqual([14, 13]);
    const last = devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages.at(-1)?.checkpoint;
    expect(await checkpointOf(w)).toBe(last);
  });

  test('a server that never comes to an end is left', async () => {
    await send(payer, w, 1_000n);
    const server = await w.ports.server();
    w.bends.server = { readMailbox: (request) => server.readMailbox({ ...request, checkpoint: 0n }) };
    await expect(w.wallet.readMail()).rejects.toMatchObject({ code: 'SERVER_MISBEHAVED' });
    expect(await spendable(w)).toBe(1_000n);
  });

  test('messages of nonsense and of kinds unknown are passed over', async () => {
    for (const form of GARBAGE) {
      devnet.ark.mailboxes.post(mailboxOf(w), [
        { kind: 'garbage', form, name: randomBytes(4).toString('hex') },
      ]);
    }
    await send(payer, w, 1_000n);
    for (const form of GARBAGE) {
      devnet.ark.mailboxes.post(mailboxOf(w), [
        { kind: 'garbage', form, name: randomBytes(4).toString('hex') },
      ]);
    }
    await w.wallet.sync();
    expect([await spendable(w), await inboxOf(w)]).toEqual([1_000n, []]);
    expect(devnet.ark.mailboxes.read(mailboxOf(w), await checkpointOf(w)).messages).toEqual([]);
  });

  test('notices of payments, rounds and ids that concern nobody change nothing', async () => {
    const hash = () => new Uint8Array(randomBytes(32));
    devnet.ark.mailboxes.post(mailboxOf(w), [
      { kind: 'incoming-payment', paymentHash: hash(), amountMsat: 5_000n },
    ]);
    devnet.ark.mailboxes.post(mailboxOf(w), [{ kind: 'round-completed', unlockHash: hash() }]);
    devnet.ark.mailboxes.post(mailboxOf(w), [
      { kind: 'send-finished', paymentHash: hash(), preimage: hash() },
    ]);
    devnet.ark.mailboxes.post(mailboxOf(w), [
      { kind: 'recovery-ids', vtxoId: `${'ab'.repeat(32)}:0`, idBytes: new Uint8Array(36) },
    ]);
    await w.wallet.sync();
    expect([await inboxOf(w), await w.wallet.history(), await w.wallet.pending()]).toEqual([[], [], []]);
    expect(devnet.ark.mailboxes.read(mailboxOf(w), await checkpointOf(w)).messages).toEqual([]);
  });

  test.each([
    ['an hour behind', -3_600_000],
    ['an hour ahead', 3_600_000],
  ])('works with a clock that is %s', async (_, ms) => {
    await send(payer, w, 1_000n);
    const wrong = await bentWallet(devnet, w.profile, {}, ms);
    await wrong.wallet.readMail();
    expect(await spendable(w)).toBe(1_000n);
    await wrong.close();
  });

  test('a clock that is set back while connected is noticed at the first refusal', async () => {
    await send(payer, w, 1_000n);
    const jumping = await bentWallet(devnet, w.profile);
    await jumping.wallet.readMail();
    await send(payer, w, 2_000n);
    jumping.setClock(-3_600_000);
    await jumping.wallet.readMail();
    expect(await spendable(w)).toBe(3_000n);
    await jumping.close();
  });

  test('an authorization that the server finds too old is made anew, once', async () => {
    await send(payer, w, 1_000n);
    devnet.ark.mischief.expire(1);
    await w.wallet.readMail();
    expect(await spendable(w)).toBe(1_000n);
    devnet.ark.mischief.expire(Infinity);
    await expect(w.wallet.readMail()).rejects.toMatchObject({ code: 'SERVER_REFUSED' });
    devnet.ark.mischief.expire(0);
  });

  test('a pass can be given to somebody who then reads, until the time that was said', async () => {
    await send(payer, w, 1_000n);
    const until = w.ports.now() + 120_000;
    const pass = w.wallet.mailboxPass(until);
    expect(Number(decodeMailboxAuthorization(nobleCurve, pass.authorization).expiry)).toBe(
      Math.floor(until / 1000),
    );
    const stranger = connectTo(devnet).mailbox;
    expect((await stranger.readMailbox({ ...pass, checkpoint: 0n })).messages).toHaveLength(1);
    later(130_000);
    await expect(stranger.readMailbox({ ...pass, checkpoint: 0n })).rejects.toThrow(/expired/);
  });
});

describe('while locked', () => {
  test('without a pass nothing is read', async () => {
    w.bends.locked = true;
    await expect(w.wallet.readMail()).rejects.toMatchObject({ code: 'LOCKED' });
  });

  test('with a kept pass coins come in; what needs a key waits in the inbox for the unlock', async () => {
    await send(payer, w, 1_000n);
    const pass = w.wallet.mailboxPass(w.ports.now() + 60_000);
    w.bends.ports.mailboxPass = async () => pass;
    const locked = await bentWallet(devnet, w.profile, { mailboxPass: async () => pass });
    locked.bends.locked = true;
    await locked.wallet.readMail();
    expect(await spendable(w)).toBe(1_000n);

    await send(payer, w, 2_000n);
    // An address that was never written down needs its key to be named.
    await w.db.write(['keys'], async (tx) => {
      for (const { address: _, ...row } of await tx.query<{ address?: string }>('keys'))
        await tx.put('keys', row);
    });
    await locked.wallet.readMail();
    expect(await inboxOf(w)).toMatchObject([{ needsKey: true }]);
    expect(await spendable(w)).toBe(1_000n);
    locked.bends.locked = false;
    await locked.wallet.resume();
    expect([await spendable(w), await inboxOf(w)]).toEqual([3_000n, []]);

    locked.bends.locked = true;
    later(120_000);
    await expect(locked.wallet.readMail()).rejects.toMatchObject({ code: 'LOCKED' });
    await locked.close();
  });
});

describe('the recovery mailbox', () => {
  const ids = async ({ wallet }: Bent) => (await wallet.coins()).map((c) => c.id).sort();

  test('holds the id of every coin: boarded, received, change', async () => {
    await send(payer, w, 9_000n);
    await w.wallet.sync();
    await send(w, payer, 2_000n);
    await w.wallet.sync();
    expect(recoveryIds(devnet, w)).toEqual(expect.arrayContaining(await ids(w)));
    expect(recoveryIds(devnet, payer)).toEqual(expect.arrayContaining(await ids(payer)));
  });

  test('a post whose answer is lost, and one that is refused, are made again; one bad coin stops no other', async () => {
    await send(payer, w, ...Array.from({ length: 23 }, () => 400n));
    const posts: number[] = [];
    const server = await w.ports.server();
    const [bad] = devnet.ark.mailboxes.read(mailboxOf(w), 0n).messages.flatMap((m) => m.items);
    const badId = bad && 'vtxoId' in bad ? bad.vtxoId : '';
    let refuse = true;
    const { vtxoIdFromBytes, vtxoIdText } = await import('../../src/ark/vtxo-id.ts');
    w.bends.server = {
      postRecoveryVtxoIds: async (request, options) => {
        posts.push(request.vtxoIds?.length ?? 0);
        const named = request.vtxoIds?.map((id) => vtxoIdText(vtxoIdFromBytes(id))) ?? [];
        if (refuse && named.includes(badId))
          throw new SkiffError({ code: 'SERVER_ERROR', say: 'No.', retry: 'later' });
        return server.postRecoveryVtxoIds(request, options);
      },
    };
    devnet.ark.faults.dropResponse('PostRecoveryVtxoIds');
    await w.wallet.sync().catch(() => undefined);
    await w.wallet.sync();
    expect(Math.max(...posts)).toBeLessThanOrEqual(20);
    expect(recoveryIds(devnet, w).sort()).toEqual((await ids(w)).filter((id) => id !== badId));
    refuse = false;
    later(600_000);
    await w.wallet.sync();
    expect(recoveryIds(devnet, w).sort()).toEqual(await ids(w));
    const marked = await w.db.read(['coins'], (tx) => tx.count('coins', 'unregistered', { equals: 1 }));
    expect(marked).toBe(0);
  });
});
