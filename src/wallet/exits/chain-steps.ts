// The steps that bring a coin's transactions onto the chain, one after the other: each waits for the one before to be
// confirmed, because nodes take one unconfirmed parent at a time. Whoever else broadcasts them (the server, another exit
// of ours that shares them) does us a favour.

import { exitChain, type ExitTx } from '../../ark/exit.ts';
import { serializeTx } from '../../ark/tx.ts';
import { txidText } from '../../ark/vtxo-id.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { isSkiffError, SkiffError } from '../../errors.ts';
import { coin } from '../../store/coins.ts';
import { liveUtxos } from '../../store/onchain.ts';
import type { CoinRow } from '../../store/rows.ts';
import { sats } from '../../units.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Change } from '../changes.ts';
import { draftAnchorChild, signAnchorChild, type ChildDraft } from '../onchain/anchor-child.ts';
import { receiveAddress } from '../onchain/scan.ts';
import { spendKeyOf } from '../onchain/spend-key.ts';
import type { Deps } from '../ports.ts';
import { costNow } from './cost.ts';
import { outbid } from './outbid.ts';
import { confirmedAt } from './output.ts';
import { ended, load, park, spender, taken } from './steps.ts';
import { terms, type Child, type ExitState, type InStep } from './state.ts';

type Result = Outcome<ExitState>;

/** Waits for the money that the miners want; until then the coin stays usable unless it was given up already. */
export async function start(deps: Deps, id: string, state: InStep<'start'>): Promise<Result> {
  const { ports } = deps;
  const row = await ports.db.read(['coins'], (tx) => coin(tx, state.coin));
  if (!row || row.state === 'spent') return ended(state, 'canceled', { status: 'canceled', effective: 0n });
  if (inOtherHands(row, id)) return park(deps, state);
  const { vtxo } = await load(deps, state);
  // Somebody else may have brought it out already, which costs nothing.
  const isOut = (await confirmedAt(deps, vtxo)) !== undefined;
  const { needed, available } = await costNow(deps, isOut ? [] : [vtxo]);
  const missing = sats(needed > available ? needed - available : 0n);
  const seen: Change = { do: 'exit', coin: state.coin, patch: { feeNeeded: needed, feeMissing: missing } };
  if (missing > 0n) return { ...park(deps, state, short(needed, missing)), changes: [seen] };
  const lock: Change[] = row.state === 'exited' ? [] : [{ do: 'lock-coins', ids: [state.coin] }];
  return { then: 'next', state: { ...terms(state), step: 'looking' }, changes: [...lock, seen] };
}

const inOtherHands = (row: CoinRow, id: string): boolean => row.state === 'locked' && row.holder !== id;

const short = (needed: bigint, missing: bigint) =>
  new SkiffError({
    code: 'INSUFFICIENT_FUNDS',
    say: `Leaving by the chain needs ${needed} sat on-chain for the miners; ${missing} sat are missing. Send them to a bitcoin address of this wallet.`,
    retry: 'later',
    details: { needed, shortBy: missing },
  });

/** Finds the first transaction that is not confirmed yet, and pays for it when nobody has. */
export async function looking(deps: Deps, state: InStep<'looking'>): Promise<Result> {
  const { chain, curve } = deps.ports;
  const { vtxo } = await load(deps, state);
  for (const parent of exitChain(curve, vtxo)) {
    const status = await chain.txStatus(txidText(parent.txid));
    if (status?.confirmed) continue;
    if (status) return (await payMore(deps, state, parent)) ?? park(deps, state);
    const { prevout } = parent.tx.inputs[0]!;
    const before = await chain.txStatus(txidText(prevout.txid));
    if (!before?.confirmed) return park(deps, state);
    const other = await spender(deps, prevout);
    if (other?.final) return taken(deps, state, vtxo, other);
    if (other) return park(deps, state);
    return pay(deps, state, parent);
  }
  return { then: 'next', state: { ...terms(state), step: 'waiting' } };
}

/** Signs a child for `parent` and reserves what it spends; it leaves with the next step. */
async function pay(deps: Deps, state: InStep<'looking'>, parent: ExitTx): Promise<Result> {
  const { ports } = deps;
  const { fast } = await ports.chain.feeRates();
  const utxos = await ports.db.read(['onchainUtxos'], liveUtxos);
  try {
    const draft = draftAnchorChild(parent, utxos, fast);
    const child = await signChild(deps, parent, draft);
    return {
      then: 'next',
      state: { ...terms(state), step: 'package', child },
      changes: [{ do: 'lock-utxos', ids: child.utxos }],
    };
  } catch (error) {
    // The money may be in the change of the child before: it is there with the next block.
    if (isSkiffError(error, 'INSUFFICIENT_FUNDS')) return park(deps, state, error);
    throw error;
  }
}

/** Signs a child that pays more than the one that waits, where fees have risen. */
async function payMore(deps: Deps, state: InStep<'looking'>, parent: ExitTx): Promise<Result | undefined> {
  const bid = await outbid(deps, parent);
  if (!bid) return undefined;
  const signed = await signChild(deps, parent, bid.draft);
  const replaces = { txid: bid.replaces, change: bid.oldChange };
  return {
    then: 'next',
    state: { ...terms(state), step: 'package', child: { ...signed, utxos: bid.fresh, replaces } },
    changes: [{ do: 'lock-utxos', ids: [...bid.fresh, bid.oldChange] }],
  };
}

async function signChild(deps: Deps, parent: ExitTx, draft: ChildDraft): Promise<Child> {
  const { ports } = deps;
  const change = await receiveAddress(deps, 'change');
  const keyOf = spendKeyOf(ports.keys.unlocked());
  const random = (n: number) => ports.random(n);
  const signed = signAnchorChild(ports.curve, parent, draft, fromHex(change.script), keyOf, random);
  return {
    parent: txidText(parent.txid),
    txid: signed.txid,
    raw: signed.raw,
    utxos: draft.inputs.map((u) => u.id),
    change: { value: draft.change, scriptIndex: change.index },
  };
}

/** Shows the transaction and its child to the network. */
export async function package_(deps: Deps, state: InStep<'package'>): Promise<Result> {
  const { chain, curve } = deps.ports;
  const { child } = state;
  const { replaces } = child;
  const look = { ...terms(state), step: 'looking' } as const;
  const { vtxo } = await load(deps, state);
  const parent = exitChain(curve, vtxo).find(({ txid }) => txidText(txid) === child.parent);
  if (!parent) throw new SkiffError({ code: 'INTERNAL', say: 'An exit lost one of its transactions.' });
  const sent: Result = {
    // With the next look it is seen waiting; a dearer one comes when fees rise again.
    then: 'next',
    state: look,
    changes: [
      { do: 'spend-utxos', ids: [...child.utxos, ...(replaces ? [replaces.change] : [])] },
      {
        do: 'onchain-tx',
        raw: child.raw,
        foreign: parent.anchor.value,
        ...(replaces && { replaces: replaces.txid }),
      },
      { do: 'add-utxo', row: { id: `${child.txid}:0`, ...child.change, v3: 1 } },
    ],
  };
  if (await chain.txStatus(child.txid)) return sent;
  const inOurWay = replaces !== undefined && (await chain.txStatus(replaces.txid))?.confirmed === false;
  if (!inOurWay && (await chain.txStatus(child.parent))) {
    // Somebody else pays for it.
    return { then: 'next', state: look, changes: [{ do: 'release-utxos' }] };
  }
  try {
    await chain.broadcastPackage([serializeTx(parent.tx), child.raw]);
  } catch (error) {
    if (!isSkiffError(error, 'TX_REJECTED')) throw error;
    return { ...park(deps, look, error), changes: [{ do: 'release-utxos' }] };
  }
  return sent;
}
