// Swaps out of Ark: the wallet dies at each of its effects while the service and the chain go on. In the end the bitcoin is
// at the address and the service is paid, or neither.
import assert from 'node:assert/strict';
import { addressToScript } from '../../../../src/bitcoin/address.ts';
import type { BackendName } from '../../../../src/swaps/backend.ts';
import { sats } from '../../../../src/units.ts';
import { lightningSendId } from '../../../../src/wallet/actions/lightning-send/state.ts';
import type { Instance } from '../../support/wallets.ts';
import { arrivedAt, ELSEWHERE, go, serviceUrl } from '../../support/swap-world.ts';
import type { AnyScenario, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

interface SwapContext {
  backend: BackendName;
  /** The service's power goes with the wallet's. */
  together: boolean;
}

const TO = addressToScript(ELSEWHERE, 'regtest');

/** Starts the swap, or finds it, and goes on to its end. */
async function swapOnce(world: World, { wallet, ...rest }: Instance, { backend, together }: SwapContext) {
  const [row] = await wallet.swaps();
  if (row && together) await world.devnet.swaps.restart();
  const service = serviceUrl(world.devnet, backend);
  const hash =
    row?.hash ??
    (await wallet.startSwap({ backend, service, address: ELSEWHERE, amount: sats(30_000n) })).hash;
  await go({ devnet: world.devnet, instance: { wallet, ...rest } }, hash, { sync: false, most: 150 });
  await world.devnet.swaps.service.idle();
  return lightningSendId(hash, 1);
}

const swap = (backend: BackendName, together = false): Scenario<SwapContext> => ({
  name: `swap through ${backend}${together ? ', whose service dies with the wallet' : ''}`,
  light: true,
  prepare: async () => ({ backend, together }),
  start: swapOnce,
  async check({ devnet }, { before, after, victim, line }) {
    const [row, ...more] = await victim.wallet.swaps();
    assert.ok(row, 'the swap is in the books');
    assert.deepEqual(more, [], 'one swap');
    const record = devnet.swaps.service.find(row.hash);
    const arrived = arrivedAt(devnet, TO);
    const settled = devnet.lightning.hold(row.hash)?.state === 'settled';
    assert.equal(arrived > 0n, row.status === 'done', `history says ${row.status}, the address ${arrived}`);
    assert.equal(settled, row.status === 'done', 'the service was paid if and only if the bitcoin arrived');
    if (row.status === 'done') {
      assert.equal(arrived, row.received);
      assert.equal(record?.state, 'Complete');
      assert.equal(line?.status, 'successful');
      assert.equal(after.ark, before.ark + line.effective);
    } else {
      assert.equal(row.status, 'failed');
      assert.equal(after.ark + after.onchain >= before.ark - 2_000n, true, 'the money is back');
    }
    await devnet.swaps.service.idle();
  },
});

export const swapScenarios = [swap('loop-http'), swap('boltz')] as AnyScenario[];

/** Both sides go on from what they had on disk. */
export const togetherScenarios = [swap('loop-http', true), swap('boltz', true)] as AnyScenario[];
