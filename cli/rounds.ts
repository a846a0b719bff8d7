// Refreshes under way in the words of bark's JSON.
import { decodeVtxo } from '../src/ark/vtxo.ts';
import { txidText } from '../src/ark/vtxo-id.ts';
import type { ActionRow, MovementRow } from '../src/store/rows.ts';
import type { RefreshState } from '../src/wallet/actions/refresh/state.ts';
import { userKey } from '../src/wallet/actions/cosign.ts';
import { encodePolicy } from '../src/ark/policy.ts';
import { toHex } from '../src/crypto/bytes.ts';
import type { Deps } from '../src/wallet/ports.ts';

/** Txid of the round, once it is known. */
export function fundingTxid(
  { ports }: Deps,
  row: ActionRow | undefined,
  line: MovementRow | undefined,
): string | undefined {
  const state = row?.state as RefreshState | undefined;
  if (state && 'coin' in state) return txidText(decodeVtxo(ports.curve, state.coin, 'full').anchor.txid);
  return line?.metadata['funding_txid'] as string | undefined;
}

/** bark's names of a participation's phases. */
const PHASES: Readonly<Record<RefreshState['step'], string>> = {
  planned: 'delegated-pending',
  submitted: 'delegated-pending',
  attending: 'pending',
  seated: 'ongoing',
  cosigned: 'ongoing',
  issued: 'awaiting-confirmations',
  signed: 'awaiting-confirmations',
  forfeiting: 'awaiting-confirmations',
};

/** One line of `round list`. */
export function roundJson(deps: Deps, row: ActionRow & { state: RefreshState }, line: MovementRow) {
  const { state } = row;
  const funding = fundingTxid(deps, row, line);
  const policy = encodePolicy({ type: 'pubkey', userPubkey: userKey(deps, state.key) });
  return {
    id: line.id,
    status: funding === undefined ? { status: 'pending' } : { status: 'unconfirmed', funding_txid: funding },
    state: PHASES[state.step],
    participation: { inputs: state.inputs, outputs: [{ amount_sat: state.amount, policy: toHex(policy) }] },
    unlock_hash: 'unlockHash' in state ? state.unlockHash : null,
    scheduled_height: state.scheduledHeight ?? null,
    funding_txid: funding ?? null,
    funding_tx_hex: null,
  };
}
