// The preimage for the coins. Nothing in here gives up while the HTLC coins are worth anything: the server may know the
// preimage from an earlier try, and it signs the same claim as often as it is asked. (When it refuses for hours, the HTLC
// coins leave by the chain with the preimage: index.ts.)

import { fromHex } from '../../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../../errors.ts';
import { LightningReceiveStatus } from '../../../server/gen/bark_server_pb.js';
import type { InvoiceRow } from '../../../store/rows.ts';
import { sats, type Sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { freshTip, recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, type LoadedCoin } from '../../coins/load.ts';
import { destinationOf } from '../../destination.ts';
import type { Deps } from '../../ports.ts';
import { cosign, userKey, type CosignOutput, type CosignRpc, type NewVtxo } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { canBeDefended } from './deltas.ts';
import type { InStep, LightningReceiveState } from './state.ts';

type Result = Outcome<LightningReceiveState>;

/** After a refusal; the exit margins are hours. */
const REFUSED_PAUSE = 60_000;
/** ms; blocks are hardly ever found faster for long. */
const QUICK_BLOCK = 8 * 60_000;

const claimRpc =
  (row: InvoiceRow): CosignRpc =>
  (server, parts) =>
    server.claimLightningReceive({
      paymentHash: fromHex(row.hash),
      paymentPreimage: fromHex(row.preimage),
      cosignRequest: { parts },
    });

/** Shows the preimage and gets ordinary coins; the same request until the answer is in hand. */
export async function revealed(deps: Deps, state: InStep<'revealed'>, row: InvoiceRow): Promise<Result> {
  const htlcs = await loadCoins(deps, state.htlcs);
  if (await isUnsafe(deps, state, row, htlcs))
    return (await isOver(deps, htlcs)) ? lost(state, row) : later(deps, state);
  const amount = sats(htlcs.reduce((sum, c) => sum + c.row.amount, 0n));
  try {
    const coins = await cosign(deps, {
      inputs: state.htlcs,
      outputs: [row.claimTo === undefined ? own(deps, row, amount) : foreign(deps, row.claimTo, amount)],
      rpc: claimRpc(row),
    });
    const received = sats(coins.reduce((sum, c) => sum + c.row.amount, 0n));
    if (row.claimTo !== undefined) return forward(state, row, row.claimTo, coins);
    const outputs = coins.map((c) => c.row.id);
    const changes: Change[] = [
      ...coins.map((c): Change => ({
        do: 'add-coin',
        coin: { ...c.row, kind: 'lightning' },
        body: c.bytes,
      })),
      { do: 'spend-coins', ids: state.htlcs },
      { do: 'movement', patch: { status: 'successful', effective: received, outputs } },
      {
        do: 'invoice',
        hash: row.hash,
        patch: { state: 'claimed', claimedAt: deps.ports.now(), received, outputs },
      },
    ];
    return { then: 'done', changes };
  } catch (error) {
    if (!isRejection(error)) throw error;
    if (await isOver(deps, htlcs)) return lost(state, row);
    return { then: 'park', state, wakeAt: deps.ports.now() + REFUSED_PAUSE, error };
  }
}

/**
 * The wallet may have died before the preimage left, and slept since. A server that says it has not seen it does not get
 * it when the coins for it could not be defended any more; one that has settled with the payer owes us the coins.
 */
async function isUnsafe(
  deps: Deps,
  { since }: InStep<'revealed'>,
  row: InvoiceRow,
  htlcs: readonly LoadedCoin[],
): Promise<boolean> {
  const { ports } = deps;
  const tip = await recentTip(deps).catch((error: unknown) => {
    if (!isSkiffError(error) || error.code === 'FENCED') throw error;
    // A claim does not wait for a chain source that is out of order: the height is reckoned, rather too high.
    return since + Math.ceil((ports.now() - row.updatedAt) / QUICK_BLOCK);
  });
  const defended = htlcs.every(
    ({ vtxo: { policy, exitDelta } }) =>
      policy.type === 'server-htlc-receive' &&
      canBeDefended({ ...policy, vtxoExitDelta: exitDelta }, tip, deps.config),
  );
  if (defended) return false;
  const server = await ports.server();
  const hash = fromHex(row.hash);
  const settled = await server.checkLightningReceive({ hash, wait: false }).then(
    ({ status }) => status === LightningReceiveStatus.SETTLED,
    (error: unknown) => {
      if (!isRejection(error)) throw error;
      return false;
    },
  );
  return !settled;
}

const later = (deps: Deps, state: InStep<'revealed'>): Result => ({
  then: 'park',
  state,
  wakeAt: deps.ports.now() + REFUSED_PAUSE,
  error: new SkiffError({
    code: 'PAYMENT_PENDING',
    say: 'It is too late to take this payment safely through the server. Skiff waits for what becomes of it.',
    retry: 'later',
  }),
});

const own = (deps: Deps, { keyIndex }: InvoiceRow, amount: Sats): CosignOutput => ({
  amount,
  policy: { type: 'pubkey', userPubkey: userKey(deps, keyIndex) },
  key: keyIndex,
});

const foreign = (deps: Deps, address: string, amount: Sats): CosignOutput => ({
  amount,
  policy: destinationOf(deps, address).policy,
});

/** The coins are another one's: they go into the action's state and never into our books. */
function forward(
  state: InStep<'revealed'>,
  row: InvoiceRow,
  value: string,
  coins: readonly NewVtxo[],
): Result {
  const received = sats(coins.reduce((sum, c) => sum + c.row.amount, 0n));
  return {
    then: 'next',
    state: {
      step: 'delivering',
      hash: row.hash,
      parcels: coins.map(({ row: { id }, bytes }) => ({ id, bytes })),
    },
    changes: [
      { do: 'spend-coins', ids: state.htlcs },
      { do: 'movement', patch: { effective: 0n, sentTo: [{ type: 'ark', value, amount: received }] } },
      { do: 'invoice', hash: row.hash, patch: { received } },
    ],
  };
}

/** From here on the server may take the HTLC coins back, preimage or not. */
async function isOver(deps: Deps, htlcs: readonly LoadedCoin[]): Promise<boolean> {
  const tip = await freshTip(deps);
  return htlcs.every(
    ({ vtxo: { policy } }) =>
      policy.type === 'server-htlc-receive' && tip > policy.htlcExpiry + deps.config.exitMargin,
  );
}

/** It refused until the coins had run out. If it kept the payer's money, this line is the evidence. */
function lost(state: InStep<'revealed'>, row: InvoiceRow): Result {
  const failure: FailureNote = {
    code: 'SERVER_REFUSED',
    say: 'The Ark server did not hand over this payment until its time was up. If the payer was not refunded, show this line to whoever runs the server.',
  };
  return {
    then: 'failed',
    error: errorOf(failure),
    changes: [
      { do: 'spend-coins', ids: state.htlcs },
      ...failedWith(failure),
      { do: 'invoice', hash: row.hash, patch: { state: 'lost', received: sats(0n), failure } },
    ],
  };
}
