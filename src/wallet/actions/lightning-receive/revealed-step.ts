// The preimage for the coins. Nothing in here gives up while the HTLC coins are worth anything: the server may know the
// preimage from an earlier try, and it signs the same claim as often as it is asked. (When it refuses for hours, the HTLC
// coins leave by the chain with the preimage: index.ts.)

import { fromHex } from '../../../crypto/bytes.ts';
import type { InvoiceRow } from '../../../store/rows.ts';
import { sats } from '../../../units.ts';
import type { Change } from '../../changes.ts';
import { freshTip } from '../../coins/chain-facts.ts';
import { loadCoins, type LoadedCoin } from '../../coins/load.ts';
import type { Deps } from '../../ports.ts';
import { cosign, userKey, type CosignRpc } from '../cosign.ts';
import { failedWith } from '../endings.ts';
import { errorOf, type FailureNote } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import type { InStep, LightningReceiveState } from './state.ts';

type Result = Outcome<LightningReceiveState>;

/** After a refusal; the exit margins are hours. */
const REFUSED_PAUSE = 60_000;

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
  const amount = sats(htlcs.reduce((sum, c) => sum + c.row.amount, 0n));
  const policy = { type: 'pubkey', userPubkey: userKey(deps, row.keyIndex) } as const;
  try {
    const coins = await cosign(deps, {
      inputs: state.htlcs,
      outputs: [{ amount, policy, key: row.keyIndex }],
      rpc: claimRpc(row),
    });
    const received = sats(coins.reduce((sum, c) => sum + c.row.amount, 0n));
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
