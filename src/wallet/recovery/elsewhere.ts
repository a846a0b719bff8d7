// Two live copies of one seed. What one of them spends the other still believes to have, until it asks. Coins that the
// server holds as spent are set aside: they pay nothing and count for nothing, and nothing makes them spendable again. They
// are not forgotten on the server's word alone, because a server that lies would then be rid of them: they can leave by the
// chain until the person says that the other copy spent them.

import { vtxoStatusAttestation } from '../../ark/attestation.ts';
import { parseVtxoId, vtxoIdBytes } from '../../ark/vtxo-id.ts';
import { toHex } from '../../crypto/bytes.ts';
import { VtxoSpendState } from '../../server/gen/bark_server_pb.js';
import { vtxoStates } from '../../server/lookup.ts';
import { coinsHeldBy, coinTables, liveCoins, lockCoins, markSpent } from '../../store/coins.ts';
import { meta, setMeta } from '../../store/meta.ts';
import type { ReadTx } from '../../store/port.ts';
import type { CoinRow } from '../../store/rows.ts';
import { coinsInRounds } from '../actions/refresh/start.ts';
import { ELSEWHERE } from '../coins/elsewhere.ts';
import type { Deps } from '../ports.ts';
import { noteRestored } from './due.ts';

/** Coins in one look: each costs a signature. The next look goes on after them. */
const MOST = 500;

const TABLES = [...coinTables, 'actions', 'meta'];

/** Where the next look begins, for each open database. */
const cursors = new WeakMap<object, string>();

/** Without a reason to doubt, the server is asked this often. */
const PAUSE = 30 * 60_000;

/** Coins whose fate is the server's to know: ours to spend, known to it, and not past their end (then it takes them). */
async function candidates(tx: ReadTx): Promise<CoinRow[]> {
  const busy = await coinsInRounds(tx);
  const tip = await meta(tx, 'tip');
  return (await liveCoins(tx)).filter(
    (c) =>
      c.state === 'spendable' &&
      c.policyType === 'pubkey' &&
      c.unregistered === undefined &&
      c.expiryHeight > (tip?.height ?? 0) &&
      !busy.has(c.id),
  );
}

/** As {@link reconcile}, when that is long ago. */
export async function reconcileIfDue(deps: Deps): Promise<string[]> {
  const { ports } = deps;
  const last = await ports.db.read(['meta'], (tx) => meta(tx, 'reconciled'));
  return last && Math.abs(ports.now() - last.at) < PAUSE ? [] : reconcile(deps);
}

/**
 * Asks the server for the state of the coins that we believe to have, and sets aside those that it holds as spent.
 * Resolves with their ids. @throws SkiffError LOCKED, SERVER_UNREACHABLE and the like; then nothing changed
 */
export async function reconcile(deps: Deps): Promise<string[]> {
  const { ports } = deps;
  const after = cursors.get(ports.db) ?? '';
  const all = (await ports.db.read(TABLES, candidates)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const rest = all.filter((c) => c.id > after);
  const looked = (rest.length > 0 ? rest : all).slice(0, MOST);
  const last = looked.at(-1);
  cursors.set(ports.db, last && looked.length === MOST ? last.id : '');
  if (looked.length === 0) return [];
  const keys = ports.keys.unlocked();
  const queries = looked.map(({ id, keyIndex }) => {
    const vtxoId = vtxoIdBytes(parseVtxoId(id));
    const { secret } = keys.vtxoKey(keyIndex);
    const attestation = vtxoStatusAttestation(ports.curve, vtxoId, secret, ports.random(32));
    secret.fill(0);
    return { vtxoId, attestation };
  });
  const states = await vtxoStates(await ports.server(), queries);
  const spent = looked.filter(
    ({ id }) => states.get(toHex(vtxoIdBytes(parseVtxoId(id)))) === VtxoSpendState.SPENT,
  );
  const ids = await ports.db.write(TABLES, async (tx) => {
    await setMeta(tx, 'reconciled', { at: ports.now() });
    if (spent.length === 0) return [];
    // A payment of our own may have taken some while the server was asked.
    const free = new Set((await candidates(tx)).map((c) => c.id));
    const aside = spent.filter((c) => free.has(c.id)).map((c) => c.id);
    if (aside.length === 0) return aside;
    await lockCoins(tx, aside, ELSEWHERE);
    return aside;
  });
  if (ids.length > 0)
    ports.log.warn('coins were spent by another copy of this seed', { coins: ids.join(',') });
  return ids;
}

/**
 * The person says that another copy spent what is set aside: it is spent here, too, for good. What that copy got back is
 * looked for with the next sync.
 */
export async function acceptElsewhere({ ports }: Deps): Promise<void> {
  await ports.db.write([...coinTables, 'meta'], async (tx) => {
    const aside = await coinsHeldBy(tx, ELSEWHERE);
    await markSpent(
      tx,
      aside.map((c) => c.id),
    );
    // Its change is ours, too.
    if (aside.length > 0) await noteRestored(tx, ports.now());
  });
}
