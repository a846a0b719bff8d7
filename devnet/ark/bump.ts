// A transaction that pays no fee goes into the mempool with a child that does, from the server's purse.
import { keyOnlyScript, signKeyOnly } from '../../src/ark/connectors.ts';
import { cpfpChild } from '../../src/ark/exit.ts';
import { parseTx, serializeTx, txid } from '../../src/ark/tx.ts';
import { parseTxid } from '../../src/ark/vtxo-id.ts';
import { sats } from '../../src/units.ts';
import type { ArkContext } from './context.ts';

/** More than any such pair costs here. */
const FEE = 5_000n;
const FUNDS = 20_000n;

/** Sends a signed transaction whose last output is its anchor. Mines a block, for its child's money. @throws Error when it is not taken */
export function bump(ctx: ArkContext, signed: Uint8Array): void {
  const { chain, curve, purseKey, random } = ctx;
  const parent = parseTx(signed);
  const vout = parent.outputs.length - 1;
  const anchor = parent.outputs[vout];
  if (!anchor) throw new Error('a transaction without outputs');
  const script = keyOnlyScript(curve, purseKey.public);
  chain.pay(script, FUNDS);
  chain.confirm();
  const funds = chain
    .utxos(script)
    .find((u) => u.value === FUNDS && (chain.transaction(u.txid)?.confirmations ?? 0) > 0);
  if (!funds) throw new Error('the purse is empty');
  const child = cpfpChild(
    { anchor: { point: { txid: txid(parent), vout }, value: anchor.value } },
    [{ txid: parseTxid(funds.txid), vout: funds.vout }],
    { value: sats(FUNDS - FEE), script },
  );
  const spent = [anchor, { value: sats(FUNDS), script }];
  const witnesses = [[], [signKeyOnly(curve, child, 1, spent, purseKey.secret, random(32))]];
  const inputs = child.inputs.map((input, i) => ({ ...input, witness: witnesses[i] ?? [] }));
  chain.submitPackage([signed, serializeTx({ ...child, inputs })]);
}
