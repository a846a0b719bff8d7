// The steps until the payment is under way: ask the service, check its answer, write it down, start watching, pay.
import { toHex, fromHex } from '../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../errors.ts';
import { decodeBolt11 } from '../lightning/bolt11.ts';
import { action } from '../store/actions.ts';
import { movementOf } from '../store/movements.ts';
import { updateSwap } from '../store/swaps.ts';
import type { Change } from '../wallet/changes.ts';
import { freshTip } from '../wallet/coins/chain-facts.ts';
import type { Outcome } from '../wallet/actions/outcome.ts';
import { startLightningSend } from '../wallet/actions/lightning-send/start.ts';
import { lightningSendId } from '../wallet/actions/lightning-send/state.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Agreement } from './backend.ts';
import { backendOf } from './backends.ts';
import { agreed, terms, type InStep, type SwapState } from './state.ts';
import { verifyAgreement } from './verify.ts';

type Result = Outcome<SwapState>;

/** Blocks of the route that are left to the Ark server beside what the invoice wants. */
const ROUTE_BLOCKS = 24;

/** Nothing was paid. */
export const failed = (hash: string, error: SkiffError): Extract<Result, { then: 'failed' }> => ({
  then: 'failed',
  error,
  changes: [{ do: 'swap', hash, patch: { status: 'failed', failure: { code: error.code, say: error.say } } }],
});

/** Will trying again help? */
const passing = (error: unknown): boolean =>
  !(error instanceof SkiffError) || error.retry !== 'never' || error.code === 'LOCKED';

/** Asks the service for its terms and checks them. The row is on disk; the same question again is the same swap. */
export async function created(deps: Deps, state: InStep<'created'>): Promise<Result> {
  const { ports } = deps;
  const claimKey = claimKeyOf(deps, state.second);
  let agreement: Agreement;
  try {
    const { hash, lockup, pairHash } = state;
    agreement = await backendOf(deps, state).create({ hash, claimKey, lockup, pairHash });
    const { amount, contract } = await check(deps, state, agreement, claimKey);
    const next: InStep<'agreed'> = {
      ...terms(state),
      step: 'agreed',
      agreement,
      script: toHex(contract.script),
      invoiceAmount: amount,
      paymentId: lightningSendId(hash, 1),
    };
    const patch = { status: 'agreed', agreement, invoiceAmount: amount } as const;
    return { then: 'next', state: next, changes: [{ do: 'swap', hash, patch }] };
  } catch (error) {
    if (isSkiffError(error, 'FENCED')) throw error;
    if (passing(error) && ports.now() < state.until) throw error;
    return failed(state.hash, asError(error));
  }
}

const asError = (error: unknown): SkiffError =>
  error instanceof SkiffError
    ? error
    : new SkiffError({
        code: 'SWAP_FAILED',
        say: 'The swap could not be agreed on. Nothing was paid.',
        cause: error,
      });

function claimKeyOf({ ports }: Deps, second: number): Uint8Array {
  const secret = ports.keys.unlocked().swapSecret('claim key', second);
  try {
    return ports.curve.publicKey(secret);
  } finally {
    secret.fill(0);
  }
}

async function check(
  deps: Deps,
  state: InStep<'created'> | InStep<'agreed'>,
  agreement: Agreement,
  claimKey: Uint8Array,
) {
  const { ports, config } = deps;
  const [tip, info] = await Promise.all([freshTip(deps), ports.server().then((server) => server.info())]);
  const at = {
    curve: ports.curve,
    network: config.network,
    now: Math.floor(ports.now() / 1000),
    tip,
    // Of the life of our HTLC the server keeps its own share and what a route takes.
    cltvBudget: info.htlcSendExpiryDelta + config.htlcSpareBlocks - info.htlcExpiryDelta - ROUTE_BLOCKS,
  };
  return verifyAgreement(at, { ...state, claimKey }, agreement);
}

/** Watches where the bitcoin will come, and only then pays. The payment's start is one transaction with our row. */
export async function startPaying(deps: Deps, state: InStep<'agreed'>): Promise<Result> {
  const { ports } = deps;
  const { paymentId, hash } = state;
  const begun = await ports.db.read(['actions', 'movements'], async (tx) =>
    Boolean((await action(tx, paymentId)) ?? (await movementOf(tx, paymentId))),
  );
  if (begun) return paying(deps, state);
  try {
    const { invoice } = await check(deps, state, state.agreement, claimKeyOf(deps, state.second));
    // A source that cannot say what lies there would not see the lock-up either.
    await ports.chain.utxos(fromHex(state.script));
    const address = state.address;
    await startLightningSend(deps, {
      invoice,
      amount: state.invoiceAmount,
      method: { type: 'bitcoin', value: address },
      maxTotal: state.maxTotal,
      swap: {
        sentTo: [{ type: 'bitcoin', value: address, amount: state.amount }],
        metadata: { swap_service: state.service, swap_backend: state.backend },
      },
      along: async (tx, id) => {
        if (id !== paymentId)
          throw new SkiffError({
            code: 'SWAP_FAILED',
            say: 'This swap was paid for before. Nothing was paid twice.',
          });
        await updateSwap(tx, hash, { status: 'paying', paymentId }, ports.now());
      },
    });
  } catch (error) {
    // Another driver of the same swap was faster: its payment is ours.
    if (isSkiffError(error, 'PAYMENT_IN_PROGRESS') && error.details['actionId'] === paymentId)
      return paying(deps, state);
    if (isSkiffError(error, 'FENCED') || passing(error)) {
      if (!isSkiffError(error, 'FENCED') && invoiceIsOver(deps, state)) return failed(hash, asError(error));
      throw error;
    }
    return failed(hash, asError(error));
  }
  ports.schedule(ports.now());
  return paying(deps, state);
}

const invoiceIsOver = ({ ports }: Deps, { agreement }: InStep<'agreed'>): boolean => {
  const { timestamp, expirySeconds } = decodeBolt11(ports.curve, agreement.invoice);
  return BigInt(Math.floor(ports.now() / 1000)) > BigInt(timestamp) + expirySeconds;
};

const paying = ({ ports }: Deps, state: InStep<'agreed'>): Result => {
  const changes: Change[] = [
    { do: 'swap', hash: state.hash, patch: { status: 'paying', paymentId: state.paymentId } },
  ];
  return { then: 'next', state: { ...agreed(state), step: 'paying', since: ports.now() }, changes };
};
