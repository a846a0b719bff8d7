// Coins that are renewed in rounds, at once or at a height to come. The server makes its rounds while the wallet lives, dies
// and recovers.
import assert from 'node:assert/strict';
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
      await wallet.resume();
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

export const roundScenarios = [refresh('refresh'), refresh('refresh at a height', 8)] as AnyScenario[];
