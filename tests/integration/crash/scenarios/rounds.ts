// Coins that are renewed in rounds, at once or at a height to come. The server makes its rounds while the wallet lives, dies
// and recovers.
import assert from 'node:assert/strict';
import type { Devnet } from '../../../../devnet/index.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import type { MovementRow } from '../../../../src/store/rows.ts';
import type { Instance } from '../../support/wallets.ts';
import { fund } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

interface Coins {
  coins: string[];
  /** Blocks from the start of a run until the round; at once when left out. */
  height?: number;
}

const refreshLines = async ({ wallet }: Instance): Promise<MovementRow[]> =>
  (await wallet.history()).filter((l) => l.subsystem.name === 'bark.round');

const refresh = (name: string, ahead?: number): Scenario<Coins> => ({
  name,
  light: true,
  ark: { roundSubmitMs: 1, roundSignMs: 1 },
  async prepare({ devnet }, victim) {
    await fund(devnet, victim, 60_000n);
    const coins = (await victim.wallet.coins()).map((c) => c.id);
    return { coins, ...(ahead !== undefined && { height: devnet.chain.height() + ahead }) };
  },
  async start({ devnet }, victim, { coins, height }) {
    const { wallet, ports } = victim;
    const [line] = await refreshLines(victim);
    const later = height !== undefined && height > devnet.chain.height() && { scheduledHeight: height };
    const id = line?.actionId ?? (await wallet.refresh({ coins, ...later })).actionId;
    for (let i = 0; i < 40 && (await wallet.pending()).some((one) => one.id === id); i++) {
      ports.now(); // throws when it is dead
      // At first what is under way alone; then the mailbox, too, which tells of a round whose announcement was lost.
      await (i < 10 ? wallet.resume() : wallet.sync());
      await devnet.ark.round();
      devnet.chain.mine(1);
      devnet.clock.advance(31_000);
    }
    return id;
  },
  async check(_world, { before, after, victim, line, context }) {
    assert.ok(line);
    const lines = await refreshLines(victim);
    const done = lines.filter((l) => l.status === 'successful');
    assert.ok(done.length <= 1, 'refreshed once');
    // A round that was given up and made all the same comes back as a line of its own.
    assert.ok(lines.length === 1 || (lines.length === 2 && line.status === 'failed' && done.length === 1));
    assert.equal(after.movements, before.movements + lines.length);
    assert.equal(after.ark, before.ark - (done[0]?.fee ?? 0n));
    const all = new Map((await victim.wallet.coins(true)).map((c) => [c.id, c.state]));
    for (const id of context.coins) assert.equal(all.get(id), done.length === 1 ? 'spent' : 'spendable');
    const made = (await victim.wallet.coins()).filter((c) => c.kind === 'round');
    assert.equal(made.length, done.length);
  },
});

interface Attended extends Coins {
  /** What was sent under each one-time key, hex, over all lives. */
  shares: Record<string, string>;
}

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** The round under way, if there is one, ends with what it has. */
async function endRound({ ark }: Devnet): Promise<void> {
  let over = false;
  const done = ark.round().finally(() => (over = true));
  while (!over) {
    ark.closeSignUp();
    ark.closeSigning();
    await tick();
  }
  await done;
}

/**
 * A round whose nonces are in memory only. Its sign-up and its signing end as soon as the wallet has done its part, has died
 * or waits for something else; who is too late comes to the next.
 */
const attended: Scenario<Attended> = {
  ...refresh('refresh in an attended round'),
  ark: { roundSubmitMs: 2_000, roundSignMs: 2_000 },
  once: true,
  async prepare({ devnet }, victim) {
    await fund(devnet, victim, 60_000n);
    return { coins: (await victim.wallet.coins()).map((c) => c.id), shares: {} };
  },
  wrap: (_world, ports, { shares }) => ({
    ...ports,
    server: async () => {
      const server = await ports.server();
      return {
        ...server,
        provideVtxoSignatures: (request, options) => {
          const [key, sent] = [toHex(request.pubkey!), request.signatures!.map((s) => toHex(s)).join()];
          assert.ok((shares[key] ??= sent) === sent, 'a nonce signed twice');
          return server.provideVtxoSignatures(request, options);
        },
      };
    },
  }),
  async start({ devnet }, victim, { coins }) {
    const { wallet, ports } = victim;
    await endRound(devnet);
    const [line] = await refreshLines(victim);
    const id = line?.actionId ?? (await wallet.refresh({ coins, attend: true })).actionId;
    const row = async () => (await wallet.pending()).find((one) => one.id === id);
    /** Still at work at this step, and alive. */
    const busyAt = async (...steps: string[]): Promise<boolean> => {
      const now = ports.now(); // throws when it is dead
      const { state, wakeAt = Infinity } = (await row()) ?? {};
      return wakeAt <= now && steps.includes((state as { step: string } | undefined)?.step ?? '');
    };
    try {
      for (let i = 0; i < 40 && (await row()); i++) {
        let over = false;
        const round = devnet.ark.round().finally(() => (over = true));
        await wallet.attendRounds();
        void wallet.wake().catch(() => undefined);
        while (!over && (await busyAt('attending'))) await tick();
        devnet.ark.closeSignUp();
        while (!over && (await busyAt('seated', 'cosigned'))) await tick();
        devnet.ark.closeSigning();
        await round;
        while (await busyAt('seated', 'cosigned', 'issued', 'signed', 'forfeiting')) await tick();
        devnet.chain.mine(1);
        devnet.clock.advance(31_000);
      }
    } finally {
      await endRound(devnet);
    }
    return id;
  },
};

export const roundScenarios = [
  refresh('refresh'),
  refresh('refresh at a height', 8),
  attended,
] as AnyScenario[];
