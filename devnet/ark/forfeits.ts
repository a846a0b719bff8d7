// Forfeited coins that turn up on the chain: the server publishes the forfeit, and takes what it holds with the preimage
// of the new coin, which opens that for its owner. captaind does both by itself; here a test says when, and a server that
// publishes and keeps the preimage back is `keep`.
import { buildClaim, claimInput, claimWeight, signClaim } from '../../src/ark/claim.ts';
import { keyOnlyScript } from '../../src/ark/connectors.ts';
import { exitChain } from '../../src/ark/exit.ts';
import { buildForfeit, forfeitOutput } from '../../src/ark/forfeit.ts';
import { serializeTx, txid } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { equalBytes, fromHex } from '../../src/crypto/bytes.ts';
import { sats } from '../../src/units.ts';
import { bump } from './bump.ts';
import type { ArkContext } from './context.ts';
import { broadcast } from './purse.ts';

interface Forfeited {
  vtxo: Vtxo;
  unlockHash: Uint8Array;
  preimage: Uint8Array;
}

function* forfeitedCoins({ state }: ArkContext): Generator<Forfeited> {
  for (const [hash, { forfeited, inputs, preimage }] of state.participations) {
    if (!forfeited) continue;
    for (const id of inputs) {
      const row = state.vtxos.get(id);
      if (row) yield { vtxo: row.vtxo, unlockHash: fromHex(hash), preimage };
    }
  }
}

const isConfirmed = ({ chain }: ArkContext, id: string): boolean =>
  (chain.transaction(id)?.confirmations ?? 0) > 0;

function publish(ctx: ArkContext, { vtxo, unlockHash }: Forfeited): string {
  const id = txidText(buildForfeit(ctx.curve, vtxo, unlockHash).txid);
  const signed = ctx.state.transactions.get(id);
  if (!signed) throw new Error('the forfeit was not kept');
  bump(ctx, signed);
  return id;
}

/** Takes the output of a published forfeit, and shows the preimage by that. */
function take(ctx: ArkContext, { vtxo, unlockHash, preimage }: Forfeited): string {
  const { chain, curve, purseKey, random, serverKey } = ctx;
  const known = { owns: (key: Uint8Array) => equalBytes(key, serverKey.public), preimage: () => preimage };
  const input = claimInput(curve, forfeitOutput(curve, vtxo, unlockHash), known);
  if (!input) throw new Error('a forfeit that is not the server’s');
  const script = keyOnlyScript(curve, purseKey.public);
  const fee = sats(BigInt(claimWeight([input], script)));
  const unsigned = buildClaim([input], script, chain.height(), fee);
  const tx = signClaim(
    curve,
    unsigned,
    [input],
    () => serverKey.secret,
    (n) => random(n),
  );
  const id = txidText(txid(tx));
  broadcast(ctx, id, tx);
  return id;
}

/**
 * Publishes the forfeits of coins that are on the chain and unspent, and takes those that are published and confirmed.
 * The transactions' ids. @param how `keep`: nothing is taken, so that no preimage shows
 */
export function takeForfeited(ctx: ArkContext, how: 'take' | 'keep'): string[] {
  const { chain, curve } = ctx;
  const sent: string[] = [];
  for (const one of forfeitedCoins(ctx)) {
    const { txid: coin, vout } = one.vtxo.point;
    const forfeit = txidText(buildForfeit(curve, one.vtxo, one.unlockHash).txid);
    if (isConfirmed(ctx, txidText(coin)) && !chain.isSpent(txidText(coin), vout))
      sent.push(publish(ctx, one));
    else if (how === 'take' && isConfirmed(ctx, forfeit) && !chain.isSpent(forfeit, 0))
      sent.push(take(ctx, one));
  }
  return sent;
}

/** Brings a coin onto the chain, as anybody can who has its chain: every transaction of it in a block of its own. */
export function bringOut(ctx: ArkContext, id: string): void {
  const row = ctx.state.vtxos.get(id);
  if (!row) throw new Error('no such coin');
  for (const { tx, txid: step } of exitChain(ctx.curve, row.vtxo)) {
    if (isConfirmed(ctx, txidText(step))) continue;
    bump(ctx, serializeTx(tx));
    ctx.chain.confirm();
  }
}
