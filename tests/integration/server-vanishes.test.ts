// A server that vanishes for ever at any call, acted upon or not, in the middle of anything: every coin leaves by the chain,
// those that are free because the person says so, those that are held when their last safe height has come. By default at
// a few calls; CRASH_FULL=1 takes all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Code } from '@connectrpc/connect';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { sats } from '../../src/units.ts';
import { createWorlds, type World, type WorldMaker, type Worlds } from './crash/world.ts';
import type { Instance } from './support/wallets.ts';

// Many lives of the same coins on chains that are taken back: Bitcoin Core's code sees what was sent, not these
// chains; the way out of a coin is shown to it by the other tests.
process.env['SKIFF_EXIT_DUMP'] = 'no';
process.env['SKIFF_BLOCK_DUMP'] = '';

const full = process.env['CRASH_FULL'] === '1';
const ALWAYS = 1_000_000;

let maker: WorldMaker;
let inWorld: Worlds['inWorld'];
let vanishings = 0;

beforeAll(async () => {
  ({ maker, inWorld } = await createWorlds({ roundSubmitMs: 1, roundSignMs: 1 }));
});
afterAll(async () => {
  console.log(`a server that vanishes: at ${vanishings} calls`);
  expect(maker.devnet.ark.nonces.repeats).toEqual([]);
  await maker.close();
});

describe('a server that vanishes: every coin leaves by the chain', () => {
  /** Starts something; what it may pay out is told by the chain or the Lightning network. */
  const flows: Record<
    string,
    { calls: string[]; start: (world: World, w: Instance) => Promise<() => bigint> }
  > = {
    refresh: {
      calls: [
        'SubmitRoundParticipation',
        'RoundParticipationStatus',
        'RequestLeafVtxoCosign',
        'RequestForfeitNonces',
        'ForfeitVtxos',
      ],
      start: async (_world, w) => {
        await w.wallet.refresh({ coins: (await w.wallet.coins()).map((c) => c.id) });
        return () => 0n;
      },
    },
    'payment from coins to the chain': {
      calls: ['RequestArkoorCosign', 'PrepareOffboard', 'FinishOffboard'],
      start: async ({ devnet, friend }, w) => {
        const { address } = await (await friend()).wallet.boardAddress();
        await w.wallet.offboard({ address, amount: sats(70_000n) });
        const script = addressToScript(address, 'regtest');
        return () => devnet.chain.utxos(script).reduce((sum, { value }) => sum + value, 0n);
      },
    },
    transfer: {
      calls: ['RequestArkoorCosign', 'RegisterVtxoTransactions', 'PostArkoorMessage'],
      start: async ({ friend }, w) => {
        const { address } = await (await friend()).wallet.newAddress();
        await w.wallet.pay(await w.wallet.inspect(address), { amount: sats(20_000n) });
        return () => 20_000n;
      },
    },
    'Lightning payment': {
      calls: ['RequestLightningPayHtlcCosign', 'InitiateLightningPayment'],
      start: async ({ devnet }, w) => {
        const { bolt11 } = devnet.lightning.createInvoice({
          amountMsat: 20_000_000n,
          expirySeconds: 10_000_000,
          hold: true,
        });
        await w.wallet.pay(await w.wallet.inspect(bolt11));
        return () => 0n;
      },
    },
    board: {
      calls: ['RegisterBoardVtxo'],
      start: async (_world, w) => {
        await w.wallet.board(sats(25_000n));
        return () => 0n;
      },
    },
  };
  const all = Object.entries(flows).flatMap(([name, { calls, start }]) =>
    calls.flatMap((call) => [true, false].map((acts) => ({ name, call, acts, start }))),
  );
  const chosen = full ? all : all.filter((_, i) => i % 9 === 4);
  test.each(
    chosen.map((one) => [`${one.name}, ${one.call} ${one.acts ? 'still' : 'not'} acted upon`, one] as const),
  )('%s', { timeout: 120_000 }, (_, { call, acts, start }) =>
    inWorld(async (world, w) => {
      const { devnet } = world;
      const { faults } = devnet.ark;
      const { total, onchain } = await w.wallet.balance();
      const before = total + onchain.confirmed;
      let gone = false;
      const seen = () => faults.calls.some((c, i) => i >= from && c.method === call);
      const from = faults.calls.length;
      if (acts) faults.dropResponse(call, 1);
      else faults.fail(call, Code.Unavailable, 'gone', ALWAYS);
      const paid = await start(world, w);
      // A few rounds and blocks; from the call on, the server is gone.
      for (let i = 0; i < 12 && !gone; i++) {
        await w.wallet.resume();
        if (seen()) gone = true;
        else {
          await devnet.ark.round();
          devnet.chain.mine(1);
          devnet.clock.advance(31_000);
          await w.wallet.sync().catch(() => undefined);
          if (seen()) gone = true;
        }
      }
      expect(gone).toBe(true);
      faults.clear();
      faults.fail('*', Code.Unavailable, 'gone', ALWAYS);
      vanishings++;
      // What is free leaves because the person says so, what is held when its last safe height has come.
      const coins = await w.wallet.coins();
      const free = coins.filter((c) => c.state === 'spendable').map((c) => c.id);
      if (free.length > 0) await w.wallet.startExit(free);
      const last = Math.min(...coins.map((c) => c.expiryHeight - 144 - 12 - c.exitDepth));
      if (last > devnet.chain.height()) devnet.chain.mine(last - devnet.chain.height());
      for (let i = 0; i < 60; i++) {
        devnet.clock.advance(3_600_000);
        await w.wallet.sync().catch(() => undefined);
        devnet.chain.mine(i < 14 ? 1 : 30);
        const left = (await w.wallet.coins()).length + (await w.wallet.exits()).length;
        if (left === 0 && i > 4) break;
      }
      devnet.clock.advance(3_600_000);
      await w.wallet.sync().catch(() => undefined);
      const { total: ark, onchain: bitcoin } = await w.wallet.balance();
      expect(ark).toBe(0n);
      const out = paid();
      const kept = bitcoin.confirmed + bitcoin.unconfirmed + bitcoin.reserved + out;
      expect(kept).toBeGreaterThan(before - 12_000n);
    }),
  );
});
