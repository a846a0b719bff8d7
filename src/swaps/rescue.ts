// Swaps that this wallet has lost its rows of: every second of a range gives a hash and a key, the service says which of
// them it knows, and what is still locked is claimed. Needs the words, roughly the time, and the service. Rows that came
// out of a backup are taken up as well: for these neither time nor service is needed.
import { toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { action, startAction } from '../store/actions.ts';
import { openMovement } from '../store/movements.ts';
import type { WriteTx } from '../store/port.ts';
import type { SwapRow } from '../store/swap-row.ts';
import { addSwap, openSwaps, swapOf, updateSwap } from '../store/swaps.ts';
import { sats } from '../units.ts';
import { lightningSendId } from '../wallet/actions/lightning-send/state.ts';
import { CHANGE_TABLES } from '../wallet/changes.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Agreement, KnownSwap, ServiceRef } from './backend.ts';
import { backendOf } from './backends.ts';
import { findLocked } from './facts.ts';
import { agreed, KIND, loopOutId, type Agreed, type SwapState, type SwapTerms } from './state.ts';
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

type Found = Pick<SwapRow, 'hash' | 'second' | 'backend' | 'service' | 'address' | 'amount' | 'lockup'> & {
  agreement: Agreement;
  paymentId?: string;
};

/** All that a claim needs, rebuilt. @throws SkiffError LOCKED, SWAP_MISBEHAVED */
function rebuilt({ ports, config }: Deps, found: Found): SwapTerms & Agreed {
  const { hash, second, lockup, agreement } = found;
  const claimKey = ports.curve.publicKey(ports.keys.unlocked().swapSecret('claim key', second));
  const { script } = contractOf(ports.curve, config.network, { hash, claimKey }, agreement);
  return agreed({
    ...found,
    invoiceMost: lockup,
    maxTotal: lockup,
    claimFeeMost: sats(lockup / FEE_SHARE),
    script: toHex(script),
    invoiceAmount: lockup,
    paymentId: found.paymentId ?? lightningSendId(hash, 1),
    rescued: true,
  });
}

/** The payment's own line was lost with the rest, or came out of the backup: the swap has one line in any case. */
async function begin(tx: WriteTx, swap: SwapTerms & Agreed, now: number): Promise<void> {
  const { hash, service, backend, paymentId } = swap;
  await openMovement(
    tx,
    { actionId: paymentId, subsystem: { name: 'skiff.loop_out', kind: 'rescue' }, intended: 0n },
    { metadata: { payment_hash: hash, swap_service: service, swap_backend: backend } },
    now,
  );
  const state: SwapState = { ...swap, step: 'paying', since: now };
  await startAction(tx, { id: loopOutId(hash), kind: KIND, state, wakeAt: now }, now);
}

async function takeUp(deps: Deps, order: RescueOrder, second: number, known: KnownSwap): Promise<Rescued> {
  const { ports } = deps;
  const { hash } = known;
  const actionId = loopOutId(hash);
  const { backend, service, address } = order;
  const swap = rebuilt(deps, { ...known, second, backend, service, address, amount: sats(0n) });
  const found = await findLocked(deps, swap).catch((error: unknown) => {
    if (isSkiffError(error, 'SWAP_MISBEHAVED')) return undefined;
    throw error;
  });
  const now = ports.now();
  return ports.db.write(CHANGE_TABLES, async (tx) => {
    if (await action(tx, actionId)) return { hash, actionId, found: 'under way' };
    if (!found) return { hash, actionId, found: 'nothing' };
    const status = 'paying' as const;
    if (await swapOf(tx, hash)) await updateSwap(tx, hash, { status, address }, now);
    else {
      const { amount, lockup, invoiceAmount, paymentId, agreement } = swap;
      await addSwap(tx, {
        ...{ hash, second, backend, service, status, actionId, paymentId, agreement },
        ...{ address, amount, lockup, invoiceAmount },
        createdAt: second * 1000,
      });
    }
    await begin(tx, swap, now);
    return { hash, actionId, found: 'claiming' };
  });
}

/** Open swaps that nothing drives, as a backup brings them: begun again. @returns their actions @throws SkiffError LOCKED */
export async function takeUpOrphans(deps: Deps): Promise<string[]> {
  const { ports } = deps;
  const orphans = await ports.db.read(['swaps', 'actions'], async (tx) => {
    const driven = await Promise.all(
      (await openSwaps(tx)).map(async (row) => ((await action(tx, row.actionId)) ? [] : [row])),
    );
    return driven.flat();
  });
  const taken: string[] = [];
  for (const row of orphans) {
    if (row.agreement === undefined) continue;
    const now = ports.now();
    const swap = rebuilt(deps, { ...row, agreement: row.agreement as Agreement });
    await ports.db.write(CHANGE_TABLES, async (tx) => {
      if (await action(tx, row.actionId)) return;
      await begin(tx, swap, now);
      taken.push(row.actionId);
    });
  }
  return taken;
}
