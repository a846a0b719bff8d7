// Swaps that this wallet has lost its rows of: every second of a range gives a hash and a key, the service says which of
// them it knows, and what is still locked is claimed. Needs the words, roughly the time, and the service.
import { toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { action, startAction } from '../store/actions.ts';
import { openMovement } from '../store/movements.ts';
import { addSwap, swapOf, updateSwap } from '../store/swaps.ts';
import { sats } from '../units.ts';
import { lightningSendId } from '../wallet/actions/lightning-send/state.ts';
import { CHANGE_TABLES } from '../wallet/changes.ts';
import type { Deps } from '../wallet/ports.ts';
import type { KnownSwap, ServiceRef } from './backend.ts';
import { backendOf } from './backends.ts';
import { findLocked } from './facts.ts';
import { agreed, KIND, loopOutId, type SwapState } from './state.ts';
import { contractOf } from './verify.ts';

/** Seconds asked about in one question. */
const AT_ONCE = 1_000;
/** A week: more than that is a mistake. */
const MOST_SECONDS = 7 * 86_400;
/** A rescued claim may cost up to this part of what is locked. */
const FEE_SHARE = 2n;

export interface RescueOrder extends ServiceRef {
  /** Unix seconds, both included. */
  from: number;
  to: number;
  /** Where the bitcoin goes. */
  address: string;
}

export interface Rescued {
  hash: string;
  actionId: string;
  /** `claiming`: something lies locked and is claimed. `nothing`: nothing is there to be claimed now. `under way`: it was not lost. */
  found: 'claiming' | 'nothing' | 'under way';
}

/** @throws SkiffError INVALID_ARGUMENT, LOCKED, SWAP_UNREACHABLE, SWAP_REFUSED, CHAIN_UNREACHABLE */
export async function rescueSwaps(deps: Deps, order: RescueOrder): Promise<Rescued[]> {
  const { from, to } = order;
  if (
    !Number.isSafeInteger(from) ||
    !Number.isSafeInteger(to) ||
    from <= 0 ||
    to < from ||
    to - from > MOST_SECONDS
  )
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'Name a range of at most a week in which the swaps were made.',
    });
  const backend = backendOf(deps, order);
  const rescued: Rescued[] = [];
  for (let start = from; start <= to; start += AT_ONCE) {
    const seconds = Array.from({ length: Math.min(AT_ONCE, to - start + 1) }, (_, i) => start + i);
    const asked = seconds.map((second) => materialOf(deps, second, order.backend === 'boltz'));
    for (const known of await backend.known(asked)) {
      const mine = asked.find(({ hash }) => hash === known.hash);
      if (mine) rescued.push(await takeUp(deps, order, mine.second, known));
    }
  }
  return rescued;
}

/** Public keys cost a hundred times what hashes cost: made only for services that are asked by key. */
function materialOf({ ports }: Deps, second: number, withKey: boolean) {
  const keys = ports.keys.unlocked();
  const hash = toHex(sha256(keys.swapSecret('preimage', second)));
  const claimKey = withKey ? ports.curve.publicKey(keys.swapSecret('claim key', second)) : new Uint8Array(0);
  return { second, hash, claimKey };
}

async function takeUp(deps: Deps, order: RescueOrder, second: number, known: KnownSwap): Promise<Rescued> {
  const { ports, config } = deps;
  const { hash, agreement, lockup } = known;
  const actionId = loopOutId(hash);
  const claimKey = ports.curve.publicKey(ports.keys.unlocked().swapSecret('claim key', second));
  const { script } = contractOf(ports.curve, config.network, { hash, claimKey }, agreement);
  const swap = {
    backend: order.backend,
    service: order.service,
    hash,
    second,
    address: order.address,
    amount: sats(0n),
    lockup,
    invoiceMost: lockup,
    maxTotal: lockup,
    claimFeeMost: sats(lockup / FEE_SHARE),
    agreement,
    script: toHex(script),
    invoiceAmount: lockup,
    paymentId: lightningSendId(hash, 1),
  };
  const found = await findLocked(deps, swap).catch((error: unknown) => {
    if (isSkiffError(error, 'SWAP_MISBEHAVED')) return undefined;
    throw error;
  });
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    if (await action(tx, actionId)) return { hash, actionId, found: 'under way' };
    if (!found) return { hash, actionId, found: 'nothing' };
    const row = await swapOf(tx, hash);
    const status = 'paying' as const;
    if (row) await updateSwap(tx, hash, { status, address: order.address }, now);
    else {
      const { backend, service, address, amount, invoiceAmount, paymentId } = swap;
      await addSwap(tx, {
        ...{ hash, second, backend, service, status, actionId, paymentId, agreement },
        ...{ address, amount, lockup, invoiceAmount },
        createdAt: second * 1000,
      });
    }
    // The payment's own line was lost with the rest: the swap has one all the same.
    await openMovement(
      tx,
      { actionId: swap.paymentId, subsystem: { name: 'skiff.loop_out', kind: 'rescue' }, intended: 0n },
      { metadata: { payment_hash: hash, swap_service: order.service, swap_backend: order.backend } },
      now,
    );
    const state: SwapState = { ...agreed({ ...swap, rescued: true }), step: 'paying', since: now };
    await startAction(tx, { id: actionId, kind: KIND, state, wakeAt: now }, now);
    return { hash, actionId, found: 'claiming' };
  });
}
