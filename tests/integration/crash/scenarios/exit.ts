// A payment that failed and whose money the server will not give back: at the last safe height it leaves by the chain.
import assert from 'node:assert/strict';
import { Code } from '@connectrpc/connect';
import type { AnyScenario, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

interface Stuck {
  actionId: string;
  amount: bigint;
  paymentHash: string;
}

const refuse = ({ devnet }: World) =>
  devnet.ark.faults.fail('RequestLightningPayHtlcRevocation', Code.InvalidArgument, 'no', 1_000_000);

const exit: Scenario<Stuck> = {
  name: 'exit of a coin that the server keeps back',
  // Coins that live two days, so that few blocks are needed.
  ark: { vtxoLifetime: 1000 },
  async prepare(world, victim) {
    const { devnet } = world;
    const { wallet } = victim;
    devnet.chain.fund(await wallet.onchainAddress(), 30_000n);
    devnet.chain.mine(1);
    const { bolt11, paymentHash } = devnet.lightning.createInvoice({ amountMsat: 10_000_000n });
    devnet.lightning.cancel(paymentHash);
    refuse(world);
    const { actionId } = await wallet.pay(await wallet.inspect(bolt11));
    for (let i = 0; i < 3; i++) {
      await wallet.sync();
      devnet.clock.advance(3_600_000);
    }
    const [held] = (await wallet.coins()).filter((c) => c.holder === actionId);
    devnet.chain.mine(held!.expiryHeight - 144 - held!.exitDepth - 12 - devnet.chain.height());
    return { actionId, amount: held!.amount, paymentHash };
  },
  arm: refuse,
  async start({ devnet }, { wallet, ports }, { actionId }) {
    // The decision: the payment's action hands its coin over to an exit.
    while ((await wallet.pending()).some((one) => one.id === actionId)) {
      ports.now(); // throws when it is dead
      await wallet.resume();
      devnet.chain.mine(1);
      devnet.clock.advance(3_600_000);
    }
    await wallet.resume();
    return actionId;
  },
  async finish({ devnet }, { wallet }) {
    for (let i = 0; i < 100 && (await wallet.pending()).length > 0; i++) {
      await wallet.sync();
      devnet.chain.mine(40);
      devnet.clock.advance(3_600_000);
    }
  },
  async check({ devnet }, { before, after, line, victim, context }) {
    const { actionId, amount, paymentHash } = context;
    assert.equal(devnet.lightning.invoice(paymentHash)?.receivedMsat, undefined);
    assert.equal(line?.status, 'failed');
    assert.equal(line.exited.length, 1);
    const [exitLine, ...others] = (await victim.wallet.history()).filter(
      (l) => l.subsystem.name === 'bark.exit',
    );
    assert.deepEqual(others, []);
    assert.equal(exitLine?.status, 'successful');
    assert.equal(exitLine.effective, -amount);
    assert.equal(after.ark, before.ark - amount);
    assert.equal(after.movements, before.movements + 1);
    // What the miners took is bounded by what was there for it.
    assert.ok(after.onchain > before.onchain + amount - 10_000n, `${before.onchain} → ${after.onchain}`);
    assert.equal((await victim.wallet.coins(true)).filter((c) => c.holder === actionId).length, 0);
  },
};

export const exitScenarios = [exit] as AnyScenario[];
