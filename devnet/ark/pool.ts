// The coins from which received Lightning payments are handed out: trees of the server's own, small and short-lived as
// captaind's are. A payment takes the coins that expire soonest and sends them on without checkpoint, so a wallet gets
// several HTLC coins for one payment, dust among them. A new tree is made, and its block mined, when they run short.
import { startCosign, finishArkoor } from '../../src/ark/arkoor.ts';
import { buildArkoorPackage } from '../../src/ark/arkoor-package.ts';
import type { ArkoorOutput } from '../../src/ark/arkoor-allocation.ts';
import { exitTransactions } from '../../src/ark/exit-chain.ts';
import { finishLeafCosign, startLeafCosign, unlockLeaf } from '../../src/ark/leaf-cosign.ts';
import { finalTransactions, leafVtxo } from '../../src/ark/signed-tree.ts';
import {
  aggregateTreeNonces,
  combineTreePartials,
  cosignNonces,
  cosignTree,
} from '../../src/ark/tree-cosign.ts';
import type { TreeSpec } from '../../src/ark/tree-spec.ts';
import { vtxoTree } from '../../src/ark/tree-transactions.ts';
import { innerNodes } from '../../src/ark/tree.ts';
import { serializeTx, txid } from '../../src/ark/tx.ts';
import { parseTxid, txidText } from '../../src/ark/vtxo-id.ts';
import { exitDepth, type Vtxo } from '../../src/ark/vtxo.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { sats } from '../../src/units.ts';
import { internal } from '../grpc/status.ts';
import { cosign } from './arkoor.ts';
import type { ArkContext } from './context.ts';
import type { PoolCoin } from './state.ts';
import { insertVtxo } from './vtxos.ts';

type Targets = readonly [amount: bigint, count: number][];
/** Coins of a tree, as captaind sizes them by default… */
const SMALL: Targets = [
  [1_000n, 8],
  [10_000n, 8],
];
/** …and for payments that those would need too many of. */
const LARGE: Targets = [
  [100_000n, 4],
  [1_000_000n, 4],
];
const MOST_IN_SMALL = 60_000n;
const targetsFor = (amount: bigint): Targets => (amount <= MOST_IN_SMALL ? SMALL : LARGE);
const LIFETIME = 432;
/** Blocks before its expiry at which a coin is too old to be handed out. */
const PRE_EXPIRY = 144;
const MAX_CHANGE_DEPTH = 5;

const zeroPoint = { txid: new Uint8Array(32), vout: 0 };

/** Makes a tree of coins and waits for its block. */
function issue(ctx: ArkContext, targets: Targets): void {
  const { curve, chain, config, serverKey, random, state } = ctx;
  const secrets = targets.flatMap(([amount, count]) =>
    Array.from({ length: count }, () => ({ amount, secret: random(32), preimage: random(32) })),
  );
  const spec: TreeSpec = {
    leaves: secrets.map(({ amount, secret, preimage }) => ({
      policy: { type: 'pubkey', userPubkey: curve.publicKey(secret) },
      amount: sats(amount),
      unlockHash: sha256(preimage),
    })),
    expiryHeight: chain.height() + LIFETIME,
    serverPubkey: serverKey.public,
    exitDelta: config.vtxoExitDelta,
    globalCosignPubkeys: [serverKey.public],
    hashLockVersion: 1,
  };
  const { funding } = vtxoTree(curve, spec, zeroPoint);
  chain.pay(funding.script, funding.value);
  const [paid] = chain.utxos(funding.script);
  if (paid === undefined) throw internal('vtxopool: the tree was not funded');
  const tree = vtxoTree(curve, spec, { txid: parseTxid(paid.txid), vout: paid.vout });
  const nonces = cosignNonces(curve, serverKey.secret, innerNodes(tree.shape).length, random);
  const aggregate = aggregateTreeNonces(curve, tree, new Map(), [nonces.map((n) => n.public)]);
  const shares = cosignTree(curve, tree, aggregate, nonces, serverKey.secret);
  const signatures = combineTreePartials(curve, tree, aggregate, new Map(), [shares]);
  chain.confirm();
  state.transactions.set(paid.txid, chain.transaction(paid.txid)?.bytes);
  for (const tx of finalTransactions(tree, signatures)) {
    const bytes = tx.inputs[0]?.witness?.length ? serializeTx(tx) : undefined;
    state.transactions.set(txidText(txid(tx)), bytes);
  }
  secrets.forEach(({ secret, preimage }, leaf) => {
    state.pool.push({ vtxo: leafVtxo(tree, signatures, leaf), secret, preimage });
  });
}

/** Coins that a payment of `amount` may be made of. */
const usable = (ctx: ArkContext, amount: bigint): PoolCoin[] =>
  ctx.state.pool.filter(
    ({ vtxo }) =>
      vtxo.expiryHeight >= ctx.chain.height() + PRE_EXPIRY &&
      (amount <= MOST_IN_SMALL ? vtxo.amount <= 10_000n : vtxo.amount > 10_000n),
  );

const sum = (coins: readonly PoolCoin[]): bigint => coins.reduce((total, c) => total + c.vtxo.amount, 0n);

/** Makes sure that the pool covers `amount`. A tree holds a few million satoshi. */
export function fillPool(ctx: ArkContext, amount: bigint): void {
  while (sum(usable(ctx, amount)) < amount) issue(ctx, targetsFor(amount));
}

/**
 * The coins for a payment, as captaind picks them: soonest expiry first, of one expiry the largest that is still needed
 * and then the smallest that covers the rest. Largest last, so that only the last one gives change.
 */
function take(ctx: ArkContext, amount: bigint): PoolCoin[] {
  const sorted = usable(ctx, amount).sort(
    (a, b) => a.vtxo.expiryHeight - b.vtxo.expiryHeight || Number(b.vtxo.amount - a.vtxo.amount),
  );
  const taken: PoolCoin[] = [];
  let left = amount;
  sorted.forEach((coin, i) => {
    const below = sorted
      .slice(i + 1)
      .find((c) => c.vtxo.expiryHeight === coin.vtxo.expiryHeight && c.vtxo.amount < coin.vtxo.amount);
    if (left <= 0n || left <= (below?.vtxo.amount ?? 0n)) return;
    taken.push(coin);
    left -= coin.vtxo.amount;
  });
  if (left > 0n) throw internal('vtxopool error: vtxo pool is empty');
  return taken.sort((a, b) => Number(a.vtxo.amount - b.vtxo.amount));
}

/** The coin with its last signature and its preimage. */
function unlocked(ctx: ArkContext, { vtxo, secret, preimage }: PoolCoin): Vtxo {
  if (preimage === undefined) return vtxo;
  const { curve, serverKey, random } = ctx;
  const session = startLeafCosign(curve, vtxo, secret, random);
  const nonce = curve.generateNonce({
    random: random(32),
    publicKey: serverKey.public,
    secretKey: serverKey.secret,
  });
  const musig = {
    keys: [vtxo.policy.userPubkey, serverKey.public],
    aggregateNonce: curve.aggregateNonces([session.nonce.public, nonce.public]),
    message: session.sighash,
  };
  const partial = curve.partialSign(musig, nonce.secret, serverKey.secret);
  return unlockLeaf(
    finishLeafCosign(curve, vtxo, session, { publicNonce: nonce.public, partial }, secret),
    preimage,
  );
}

/** Sends `output` out of the pool; the change goes back into it. @returns the coins that make up the output */
export function sendFromPool(ctx: ArkContext, output: ArkoorOutput): Vtxo[] {
  const { curve, random, state } = ctx;
  const coins = take(ctx, output.amount);
  const change = { secret: random(32), amount: sum(coins) - output.amount };
  const inputs = coins.map((coin) => unlocked(ctx, coin));
  const changePolicy = { type: 'pubkey', userPubkey: curve.publicKey(change.secret) } as const;
  const pkg = buildArkoorPackage(curve, {
    inputs,
    outputs: [output, ...(change.amount > 0n ? [{ amount: sats(change.amount), policy: changePolicy }] : [])],
    useCheckpoint: false,
  });
  const secrets = coins.map((coin) => coin.secret);
  const session = startCosign(curve, pkg, secrets, random);
  const answers = pkg.parts.map(({ input, transactions }, p) => {
    const shares = transactions.map(({ sighash, tweak }, t) =>
      cosign(ctx, input.policy.userPubkey, session.nonces[p]![t]!.public, sighash, tweak),
    );
    return {
      serverPubNonces: shares.map((s) => s.nonce),
      serverPartialSigs: shares.map((s) => s.partial),
    };
  });
  const made = finishArkoor(curve, pkg, session, answers, secrets);
  state.pool.splice(0, state.pool.length, ...state.pool.filter((coin) => !coins.includes(coin)));
  for (const vtxo of made) {
    for (const step of exitTransactions(curve, vtxo)) {
      state.transactions.set(txidText(step.txid), serializeTx(step.tx));
    }
  }
  const sent = made.filter((vtxo) => vtxo.policy.type !== 'pubkey');
  for (const vtxo of sent) insertVtxo(ctx, vtxo, 'htlc-recv-unclaimed');
  // Dust change and change that has become too deep stay behind.
  const back = made.find((vtxo) => vtxo.policy.type === 'pubkey' && vtxo.amount >= 330n);
  if (back && exitDepth(back) <= MAX_CHANGE_DEPTH) state.pool.push({ vtxo: back, secret: change.secret });
  return sent;
}
