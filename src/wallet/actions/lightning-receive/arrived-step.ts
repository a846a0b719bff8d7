// The payer's money waits at the server: ask for the coins we would get for the preimage, judge them, and decide. Asking
// again gives the same coins, so a death anywhere in here costs nothing but time.

import { fromHex } from '../../../crypto/bytes.ts';
import { isSkiffError, type SkiffError } from '../../../errors.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import { freshTip, recentTip } from '../../coins/chain-facts.ts';
import type { Change } from '../../changes.ts';
import type { Deps } from '../../ports.ts';
import { coinFacts, userKey } from '../cosign.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { calledOff, cancelAtServer, settledElsewhere } from './awaiting-step.ts';
import { htlcReceiveExpiry } from './deltas.ts';
import { ended } from './endings.ts';
import { judgeGrant, type Grant } from './grant.ts';
import { antiDosProof } from './proof.ts';
import type { InStep, LightningReceiveState } from './state.ts';
import { vtxoId } from '../../../ark/vtxo.ts';

type Result = Outcome<LightningReceiveState>;

export async function arrived(deps: Deps, state: InStep<'arrived'>, row: InvoiceRow): Promise<Result> {
  const { ports } = deps;
  const userPubkey = userKey(deps, row.keyIndex);
  const server = await ports.server();
  const { asked } = state;
  // On disk before the request leaves: the server gives the coins of the first time for ever.
  if (asked === undefined) return { then: 'next', state: { ...state, asked: await recentTip(deps) } };
  const [info, tip] = await Promise.all([server.info(), freshTip(deps)]);
  const proof = state.bare ? undefined : await antiDosProof(deps, row, tip);
  let offered: Uint8Array[];
  try {
    const answer = await server.prepareLightningReceiveClaim({
      paymentHash: fromHex(row.hash),
      userPubkey,
      htlcRecvExpiry: htlcReceiveExpiry({ tip, asked }, row.minCltvDelta, deps.config),
      ...(proof && { lightningReceiveAntiDos: proof }),
    });
    offered = answer.htlcVtxos;
  } catch (error) {
    if (!isRejection(error)) throw error;
    return refused(state, row, error, proof?.case === 'inputVtxo');
  }
  try {
    return reveal(row, await judgeGrant(deps, row, offered, { info, tip, asked }), tip);
  } catch (error) {
    if (!isSkiffError(error, 'SERVER_MISBEHAVED') && !isSkiffError(error, 'PAYMENT_FAILED')) throw error;
    ports.log.warn('the coins offered for a payment were refused', {
      hash: row.hash,
      problem: error.details['problem'],
    });
    return ended(row, { state: 'cancelled', failure: { code: error.code, say: error.say } });
  }
}

/** The decision: coins, history line and "the preimage may be out" in one commit. */
function reveal(row: InvoiceRow, { coins, total }: Grant, since: number): Result {
  const htlcs = coins.map((c) => vtxoId(c.vtxo));
  const fee = row.amount > total ? ((row.amount - total) as InvoiceRow['fee']) : (0n as InvoiceRow['fee']);
  const changes: Change[] = [
    ...coins.map(({ vtxo, bytes }): Change => ({
      do: 'add-coin',
      coin: { ...coinFacts(vtxo, row.keyIndex), kind: 'htlc' },
      body: bytes,
      held: true,
    })),
    {
      do: 'open-movement',
      init: {
        subsystem: { name: 'bark.lightning_receive', kind: 'receive' },
        intended: row.amount,
        ...(row.site && { site: row.site }),
      },
      facts: {
        effective: total,
        fee,
        receivedOn: [
          {
            ...(row.offer === undefined
              ? { type: 'invoice', value: row.bolt11 ?? '' }
              : { type: 'offer', value: row.offer }),
            amount: (total + fee) as InvoiceRow['amount'],
          },
        ],
        metadata: { payment_hash: row.hash, htlc_vtxos: htlcs, payment_preimage: row.preimage },
      },
    },
    { do: 'invoice', hash: row.hash, patch: { state: 'preimage-revealed', received: total } },
  ];
  return { then: 'next', state: { step: 'revealed', hash: row.hash, htlcs, since }, changes };
}

/** Nothing of ours is at stake: find out what the refusal means. */
function refused(state: InStep<'arrived'>, row: InvoiceRow, error: SkiffError, showedCoin: boolean): Result {
  const said = error.details['said'] ?? '';
  if (/payment canceled/i.test(said)) return ended(row, calledOff);
  if (/already settled/i.test(said)) return ended(row, settledElsewhere);
  if (/not yet initiated/i.test(said)) {
    const back = { do: 'invoice', hash: row.hash, patch: { state: 'open' } } as const;
    return { then: 'next', state: { step: 'awaiting', hash: row.hash }, changes: [back] };
  }
  // A coin that the server does not like as proof (it may be banned there) must not cost us the payment.
  if (showedCoin) return { then: 'next', state: { ...state, bare: true } };
  const failure = { code: 'SERVER_REFUSED', say: refusalText(said) } as const;
  return { then: 'next', state: { step: 'refused', hash: row.hash, failure } };
}

/** Sends the payer's money back at once, not only when the server has waited long enough. */
export async function refusedByServer(
  deps: Deps,
  { failure }: InStep<'refused'>,
  row: InvoiceRow,
): Promise<Result> {
  await cancelAtServer(deps, await deps.ports.server(), row.hash);
  return ended(row, { state: 'cancelled', failure });
}

const refusalText = (said: string): string =>
  /token|challenge proof/i.test(said)
    ? 'This server gives Lightning payments only to wallets with a coin or a valid token. The payer gets the money back.'
    : `The Ark server did not hand over the payment (${said.replace(/^bad user input: /, '')}). The payer gets the money back.`;
