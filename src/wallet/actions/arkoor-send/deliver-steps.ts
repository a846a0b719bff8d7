// The steps after the transfer is signed: the server gets the chains, the recipient's mailbox gets the coins. The money
// has moved; nothing here can fail the transfer, only delay the news of it.

import { SkiffError } from '../../../errors.ts';
import type { Change } from '../../changes.ts';
import { loadCoins, registerChains } from '../../coins/load.ts';
import { destinationOf } from '../../destination.ts';
import type { Deps } from '../../ports.ts';
import type { Outcome } from '../outcome.ts';
import { isRejection } from '../rejection.ts';
import { terms, type ArkoorSendState, type InStep, type Parcel } from './state.ts';

type Result = Outcome<ArkoorSendState>;

const DELIVERY_PAUSE = 60_000;
/** Most coins in one message to a mailbox. */
const PER_MESSAGE = 100;

/** Uploads the new chains and frees the change. A refusal does not stop delivery: the recipient can still use the chain. */
export async function registering(deps: Deps, state: InStep<'registering'>): Promise<Result> {
  const server = await deps.ports.server();
  const change = await loadCoins(deps, state.changeIds);
  try {
    await registerChains(server, [...state.parcels, ...change]);
  } catch (error) {
    if (!isRejection(error)) throw error;
    deps.ports.log.warn('the server refused the chains of a finished transfer', { reason: error.message });
  }
  return {
    then: 'next',
    state: { ...terms(state), step: 'delivering', parcels: state.parcels },
    changes: [{ do: 'unlock-coins', ids: state.changeIds }],
  };
}

/** Posts the coins to every mailbox of the address; one that accepts is enough. No mailbox: the coins are handed over elsewhere. */
export async function delivering(deps: Deps, state: InStep<'delivering'>): Promise<Result> {
  const { mailboxes } = destinationOf(deps, state.address);
  const server = await deps.ports.server();
  const refusals: string[] = [];
  let delivered = mailboxes.length === 0;
  for (const blindedId of mailboxes) {
    try {
      for (const vtxos of inMessages(state.parcels)) await server.postArkoorMessage({ blindedId, vtxos });
      delivered = true;
    } catch (error) {
      if (!(error instanceof SkiffError) || error.code === 'FENCED') throw error;
      refusals.push(error.say);
    }
  }
  if (delivered) return { then: 'done', changes: sent(state) };
  return {
    then: 'park',
    state,
    wakeAt: deps.ports.now() + DELIVERY_PAUSE,
    error: new SkiffError({
      code: 'PAYMENT_PENDING',
      say: 'Sent. The recipient has not been told yet; Skiff keeps trying.',
      retry: 'later',
      details: { reason: refusals.join(' ') },
    }),
  };
}

const sent = (state: ArkoorSendState): Change[] => [
  { do: 'movement', patch: { status: 'successful' } },
  { do: 'settle-budget', cost: state.amount },
];

function* inMessages(parcels: readonly Parcel[]): Generator<Uint8Array[]> {
  for (let i = 0; i < parcels.length; i += PER_MESSAGE) {
    yield parcels.slice(i, i + PER_MESSAGE).map((p) => p.bytes);
  }
}
