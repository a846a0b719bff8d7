// The steps that turn our coins into HTLC coins. Up to the moment the cosign request leaves, everything can be called
// off; from then on the inputs are given back by spending them, never by a refusal (design rule 3).

import { fromHex } from '../../../crypto/bytes.ts';
import type { SkiffError } from '../../../errors.ts';
import type { Sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { recentTip } from '../../coins/chain-facts.ts';
import { loadCoins, registerMissing } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { arkoorRpc, cosign, lightningRpc, userKey, type CosignOutput, type NewVtxo } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { serverHasSpent } from '../reclaim.ts';
import { isRejection, refusalNote } from '../rejection.ts';
import { takeBack } from '../yield.ts';
import { terms, type InStep, type LightningSendState, type LightningSendTerms } from './state.ts';

type Result = Outcome<LightningSendState>;

/** Uploads the inputs' chains and fixes the expiry; the last step that may end without a trace. */
export async function inputsLocked(deps: Deps, state: InStep<'inputs-locked'>): Promise<Result> {
  if (deps.ports.now() / 1000 > state.invoiceExpiry) return calledOff(state, expired());
  const tip = await recentTip(deps);
  // Nobody expects a payment that was ordered days ago.
  if (tip > state.htlcExpiry - deps.config.refreshThreshold) return calledOff(state, tooLate);
  const server = await deps.ports.server();
  const [info, coins] = await Promise.all([server.info(), loadCoins(deps, state.inputs)]);
  try {
    await registerMissing(server, coins);
  } catch (error) {
    if (isRejection(error)) return calledOff(state, refusalNote(error));
    throw error;
  }
  const htlcExpiry = tip + info.htlcSendExpiryDelta + deps.config.htlcSpareBlocks;
  return {
    then: 'next',
    state: { ...state, htlcExpiry, step: 'cosign-requested', via: 'lightning', since: tip },
  };
}

/** Asks for the HTLC coins, again and again in the very same form, until the server's answer is in hand. */
export async function cosignRequested(deps: Deps, state: InStep<'cosign-requested'>): Promise<Result> {
  let coins: NewVtxo[];
  try {
    const rpc = state.via === 'lightning' ? lightningRpc : arkoorRpc;
    coins = await cosign(deps, { inputs: state.inputs, outputs: packageOutputs(deps, state), rpc });
  } catch (error) {
    if (!isRejection(error)) throw error;
    return afterRefusal(deps, state, error);
  }
  const htlcs = coins.filter((c) => c.row.policyType.startsWith('server-htlc-send'));
  const change = coins.filter((c) => c.row.policyType === 'pubkey');
  const ids = htlcs.map((c) => c.row.id).sort();
  const changes: Change[] = [
    ...htlcs.map((c): Change => ({
      do: 'add-coin',
      coin: { ...c.row, kind: 'htlc' },
      body: c.bytes,
      held: true,
    })),
    ...change.map((c): Change => ({ do: 'add-coin', coin: { ...c.row, kind: 'change' }, body: c.bytes })),
    { do: 'spend-coins', ids: state.inputs },
    {
      do: 'movement',
      patch: { outputs: change.map((c) => c.row.id), metadata: { htlc_vtxos: ids } },
    },
  ];
  return { then: 'next', state: { ...terms(state), step: 'htlc-received', htlcs: ids }, changes };
}

/**
 * The server says no to a request it may have granted before (it checks the invoice, the expiry and open attempts before
 * it looks for a replay). Spent inputs: get our signatures through the plain arkoor call, then revoke. Unspent inputs:
 * an HTLC for a hash that the server refuses must not come to be any more, so spend the inputs to ourselves.
 */
async function afterRefusal(
  deps: Deps,
  state: InStep<'cosign-requested'>,
  error: SkiffError,
): Promise<Result> {
  if (await serverHasSpent(deps, state.inputs)) {
    if (state.via === 'lightning') return { then: 'next', state: { ...state, via: 'arkoor' } };
    // Spent, but not by this package: then by an earlier try to reclaim.
  }
  return {
    then: 'next',
    state: { ...terms(state), step: 'reclaiming', since: state.since, failure: refusalNote(error) },
  };
}

/** Spends the inputs to a key of ours, which ends the matter whatever became of the earlier request. */
export async function reclaiming(deps: Deps, state: InStep<'reclaiming'>): Promise<Result> {
  try {
    const { coins, ended } = await takeBack(deps, state.inputs, state.returnKey);
    return {
      then: 'failed',
      error: errorOf(state.failure),
      changes: [
        ...coins.map((c): Change => ({
          do: 'add-coin',
          coin: { ...c.row, kind: 'revocation' },
          body: c.bytes,
        })),
        ...ended,
        ...failedWith(state.failure, { outputs: coins.map((c) => c.row.id) }),
      ],
    };
  } catch (error) {
    if (!isRejection(error)) throw error;
    // The earlier request was granted after all: ask for it again, in a while.
    return {
      then: 'park',
      state: { ...terms(state), step: 'cosign-requested', since: state.since, via: 'arkoor' },
      wakeAt: deps.ports.now() + 10_000,
      error,
    };
  }
}

/** HTLC first, then the change pieces, both to the HTLC key (bark uses one key for both). */
function packageOutputs(deps: Deps, t: LightningSendTerms): CosignOutput[] {
  const userPubkey = userKey(deps, t.htlcKey);
  const total = (t.amount + t.fee) as Sats;
  return [
    {
      amount: total,
      policy: {
        type: 'server-htlc-send',
        version: 1,
        userPubkey,
        paymentHash: fromHex(t.hash),
        htlcExpiry: t.htlcExpiry,
      },
      key: t.htlcKey,
    },
    ...t.change.map((amount): CosignOutput => ({
      amount,
      policy: { type: 'pubkey', userPubkey },
      key: t.htlcKey,
    })),
  ];
}

/** Nothing has left yet: the inputs are simply released. */
function calledOff(state: InStep<'inputs-locked'>, failure: FailureNote): Result {
  return {
    then: 'failed',
    error: errorOf(failure),
    changes: [{ do: 'unlock-coins', ids: state.inputs }, ...failedWith(failure)],
  };
}

const tooLate: FailureNote = {
  code: 'PAYMENT_FAILED',
  say: 'The payment could not be started for too long and was called off. Nothing was paid.',
};

const expired = (): FailureNote => ({
  code: 'INVOICE_EXPIRED',
  say: 'The invoice expired before the payment could start. Nothing was paid.',
});
