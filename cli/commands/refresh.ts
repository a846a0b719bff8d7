// `refresh`: swaps coins for a new one before they expire. With --delegated the server makes the round for us, later;
// without, the command takes part in the next round and ends when it is made.
import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { coinBody, coinTables, liveCoins } from '../../src/store/coins.ts';
import { keyByPubkey } from '../../src/store/keys.ts';
import type { CoinRow } from '../../src/store/rows.ts';
import type { ParsedArgs } from '../args.ts';
import { UsageError } from '../args.ts';
import type { Command } from '../command.ts';
import { NO_SYNC } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync, type Session } from '../session.ts';
import { fundingTxid } from '../rounds.ts';
import { actionWhen, stepOf } from '../wait.ts';

const BLOCKS_AN_HOUR = 6;
/** Steps before the server has what it needs of us (delegated) or has made the round (attended). */
const BEFORE_THE_ROUND = new Set(['planned', 'attending', 'seated', 'cosigned']);

function whole(args: ParsedArgs, name: string): number | undefined {
  const text = args.option(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`invalid value '${text}' for '--${name}'`);
  return Number(text);
}

/** Coins whose past holds a transfer that somebody else signed: he could try to take it back by the chain. */
async function counterpartyRisk({ db, deps }: Session, coins: readonly CoinRow[]): Promise<CoinRow[]> {
  return db.read([...coinTables, 'keys'], async (tx) => {
    const risky: CoinRow[] = [];
    for (const coin of coins) {
      const { genesis } = decodeVtxo(deps.ports.curve, await coinBody(tx, coin.id), 'full');
      const signers = genesis.flatMap(({ transition }) =>
        transition.type === 'arkoor' ? transition.clientCosigners.map(toHex) : [],
      );
      for (const signer of signers) {
        if (await keyByPubkey(tx, signer)) continue;
        risky.push(coin);
        break;
      }
    }
    return risky;
  });
}

/** The coins that the command line means. */
async function chosen(session: Session, args: ParsedArgs): Promise<string[]> {
  const wanted = args.options('vtxo');
  const hours = whole(args, 'threshold-hours');
  const blocks =
    whole(args, 'threshold-blocks') ?? (hours === undefined ? undefined : hours * BLOCKS_AN_HOUR);
  const ways = [
    wanted.length > 0,
    args.option('threshold-blocks') !== undefined,
    hours !== undefined,
    args.flag('all'),
    args.flag('counterparty'),
  ];
  if (ways.filter(Boolean).length > 1)
    throw refuse('please provide either vtxo, threshold-blocks, threshold-hours, counterparty or all');
  if (wanted.length > 0) return wanted;
  const live = await session.db.read(coinTables, liveCoins);
  const free = live.filter((c) => c.state === 'spendable' && c.policyType === 'pubkey');
  if (args.flag('all')) return free.map((c) => c.id);
  if (args.flag('counterparty')) return (await counterpartyRisk(session, free)).map((c) => c.id);
  const { height } = await session.deps.ports.chain.tip();
  const threshold = blocks ?? session.deps.config.refreshThreshold;
  return free.filter((c) => c.expiryHeight <= height + threshold).map((c) => c.id);
}

export const refresh: Command = {
  path: ['refresh'],
  about: 'Refresh expiring VTXOs',
  options: [
    {
      name: 'vtxo',
      value: 'VTXO_ID',
      many: true,
      help: 'The ID of a VTXO to be refreshed, can be specified multiple times',
    },
    {
      name: 'threshold-blocks',
      value: 'THRESHOLD_BLOCKS',
      help: 'Refresh VTXOs that expire within this amount of blocks',
    },
    {
      name: 'threshold-hours',
      value: 'THRESHOLD_HOURS',
      help: 'Refresh VTXOs that expire within this number of hours',
    },
    { name: 'all', help: 'Refresh all VTXOs regardless of expiry height' },
    { name: 'counterparty', help: 'Refresh all VTXOs with counterparty risk, regardless of expiry height' },
    { name: 'delegated', help: 'Perform the refresh in delegated (non-interactive) mode' },
    {
      name: 'height',
      value: 'HEIGHT',
      help: 'Schedule the refresh at this block height. Requires --delegated',
    },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const scheduledHeight = whole(args, 'height');
    const delegated = args.flag('delegated');
    if (scheduledHeight !== undefined && !delegated) throw new UsageError('--height requires --delegated');
    await sync(session, args.flag('no-sync'), output);
    const coins = await chosen(session, args);
    if (coins.length === 0) return output.info('No round happened');
    const { wallet } = session;
    const { actionId } = await wallet.refresh({
      coins,
      attend: !delegated,
      ...(scheduledHeight !== undefined && { scheduledHeight }),
    });
    const row = await actionWhen(session, actionId, (r) => !BEFORE_THE_ROUND.has(stepOf(r)));
    const line = await wallet.movement(actionId);
    if (!row && line?.status === 'failed') {
      const end = await wallet.outcome(actionId);
      if (end.status === 'failed') throw end.error;
    }
    if (delegated) return output.json({ round_state_id: line?.id });
    const txid = fundingTxid(session.deps, row, line);
    if (row?.lastError) output.log.warn(row.lastError.say);
    output.json({ status: row ? 'unconfirmed' : 'confirmed', funding_txid: txid });
  },
};
