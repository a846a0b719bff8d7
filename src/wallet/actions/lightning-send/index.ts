// A Lightning payment through the Ark server (states and arrows: state.ts; flow: BOLT 11 payment of bark 0.8.0 with the
// order of checks of design rule 3).

import { fromHex } from '../../../crypto/bytes.ts';
import { isPreimageOf } from '../../../lightning/preimage.ts';
import { orExit, type Stuck } from '../../exits/last-resort.ts';
import type { ActionKind } from '../outcome.ts';
import { cosignRequested, inputsLocked, reclaiming } from './cosign-steps.ts';
import { htlcReceived, paymentInitiated, settle } from './pay-steps.ts';
import { revoke } from './revoke-steps.ts';
import { KIND, type InStep, type LightningSendState } from './state.ts';

const inputs = (actionId: string, state: InStep<'cosign-requested' | 'reclaiming'>): Stuck => ({
  actionId,
  coins: state.inputs,
  since: state.since ?? 0,
});

const htlcs = (actionId: string, state: InStep<'stuck'>): Stuck => ({
  actionId,
  coins: state.htlcs,
  since: state.since ?? 0,
  payment: { hash: state.hash, amount: state.amount, fee: state.fee },
});

export const lightningSend: ActionKind<LightningSendState> = {
  kind: KIND,
  async run(deps, id, state, { preimage }) {
    // Proof is proof, whoever brought it, in every state that holds HTLCs.
    if ('htlcs' in state && preimage !== undefined && isPreimageOf(fromHex(preimage), fromHex(state.hash)))
      return settle(deps, state, preimage);
    switch (state.step) {
      case 'inputs-locked':
        return inputsLocked(deps, state);
      case 'cosign-requested':
        return orExit(deps, state, inputs(id, state), () => cosignRequested(deps, state));
      case 'reclaiming':
        return orExit(deps, state, inputs(id, state), () => reclaiming(deps, state));
      case 'htlc-received':
        return htlcReceived(deps, state);
      case 'initiated':
        return paymentInitiated(deps, state);
      case 'revocable':
        return revoke(deps, state);
      case 'stuck':
        return orExit(deps, state, htlcs(id, state), () => revoke(deps, state));
    }
  },
};
