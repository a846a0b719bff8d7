// Money that comes by the mailbox: read page by page, filed, proven, stored, posted to the recovery mailbox.
import assert from 'node:assert/strict';
import { retryDelay } from '../../../../src/wallet/actions/backoff.ts';
import { sats } from '../../../../src/units.ts';
import { inboxOf, recoveryIds } from '../../support/mailbox.ts';
import type { Instance } from '../../support/wallets.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';

/** The pause after which an id is posted for the third time. */
const REFUSED_TWICE_MS = retryDelay(10);

async function pay(from: Instance, to: Instance, amount: bigint): Promise<void> {
  const { address } = await to.wallet.newAddress();
  const order = { amount: sats(amount) };
  const { actionId } = await from.wallet.pay(await from.wallet.inspect(address), order);
  await from.wallet.outcome(actionId);
}

const mailbox: Scenario<undefined> = {
  name: 'coins by the mailbox',
  // Two messages on two pages, which are read in two goes.
  ark: { maxReadMailboxItems: 1 },
  async prepare({ friend }, victim) {
    const payer = await friend();
    await pay(victim, payer, 20_000n);
    await payer.wallet.sync();
    await pay(payer, victim, 7_000n);
    await pay(payer, victim, 3_000n);
    return undefined;
  },
  async start(_world, { wallet }) {
    await wallet.sync();
    return undefined;
  },
  async check({ devnet }, { before, after, victim }) {
    assert.equal(after.ark, before.ark + 10_000n);
    assert.equal(after.movements, before.movements + 2);
    assert.deepEqual(await inboxOf(victim), []);
    // What the recovery mailbox refused is posted again, but not at once.
    victim.setClock(REFUSED_TWICE_MS);
    await victim.wallet.sync();
    const known = new Set(recoveryIds(devnet, victim));
    for (const { id } of await victim.wallet.coins()) assert.ok(known.has(id), `${id} can be recovered`);
  },
};

export const mailboxScenarios = [mailbox] as AnyScenario[];
