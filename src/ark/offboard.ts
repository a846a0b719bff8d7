// Offboards (ark-lib offboard.rs): the server pays an on-chain output and a connector in one transaction, the user
// forfeits coins to it by transactions that spend a connector each, so that they are worth nothing without that payment.
import type { Bytes, Curve } from '../crypto/curve.ts';
import { compareBytes, equalBytes } from '../crypto/bytes.ts';
import { SkiffError } from '../errors.ts';
import { sats } from '../units.ts';
import { connectorBudget, connectorFanoutTx, keyOnlyScript } from './connectors.ts';
import { signShare, type Answer, type ShareTarget } from './cosign.ts';
import type { OutPoint, TxOut } from './encode.ts';
import { policyTaproot } from './policy-taproot.ts';
import { feeAnchor, nonStandard, VTXO_DUST } from './script.ts';
import { taprootSighash, txid, type Tx } from './tx.ts';
import { vtxoIdBytes } from './vtxo-id.ts';
import { vtxoTxOut, type Vtxo } from './vtxo.ts';

const PAYMENT_VOUT = 0;
const CONNECTOR_VOUT = 1;
const FINAL = 0xffff_ffff;

const misbehaved = (reason: string, details: Record<string, bigint | number> = {}) =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The server’s payment to the chain is not what was asked for. Nothing was given up.',
    details: { reason, ...details },
  });

/** Inputs in the order of the protocol. @throws SkiffError INVALID_ARGUMENT for none or the same twice */
export function offboardInputs(vtxos: readonly Vtxo[]): Vtxo[] {
  const byId = vtxos.map((vtxo) => ({ vtxo, id: vtxoIdBytes(vtxo.point) }));
  byId.sort((a, b) => compareBytes(a.id, b.id));
  const twice = byId.some(({ id }, i) => i > 0 && equalBytes(id, byId[i - 1]?.id ?? id));
  if (byId.length === 0 || twice)
    throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'Each coin can be taken to the chain once.' });
  return byId.map(({ vtxo }) => vtxo);
}

/** Is this an output that nodes relay? @throws SkiffError DUST or INVALID_ADDRESS */
export function checkOffboardOutput(output: TxOut): void {
  const problem = nonStandard(output);
  if (problem === 'dust')
    throw new SkiffError({
      code: 'DUST',
      say: 'The amount is too small for a payment on the chain.',
      details: { amount: output.value },
    });
  if (problem)
    throw new SkiffError({
      code: 'INVALID_ADDRESS',
      say: 'Payments to this kind of address are not relayed.',
    });
}

/**
 * Does the server's transaction pay exactly what was asked, and hold a connector for each input? The connector's script
 * is the server's affair: older servers use a key of their own.
 * @throws SkiffError SERVER_MISBEHAVED
 */
export function checkOffboardTx(requested: TxOut, inputCount: number, tx: Tx): void {
  const paid = tx.outputs[PAYMENT_VOUT];
  if (!paid) throw misbehaved('payment-missing');
  if (!equalBytes(paid.script, requested.script)) throw misbehaved('payment-script');
  if (paid.value !== requested.value)
    throw misbehaved('payment-amount', { expected: requested.value, got: paid.value });
  const connector = tx.outputs[CONNECTOR_VOUT];
  if (!connector) throw misbehaved('connector-missing');
  const expected = connectorBudget(inputCount);
  if (connector.value !== expected) throw misbehaved('connector-amount', { expected, got: connector.value });
}

/** The forfeit of one input; deterministic. */
export interface OffboardForfeit extends ShareTarget {
  readonly vtxo: Vtxo;
  readonly connector: OutPoint;
  readonly tx: Tx;
  /** Outputs that its two inputs spend: the coin, the connector. Every digest commits to both. */
  readonly spent: readonly [TxOut, TxOut];
  /** x-only key under which the coin's signature verifies. */
  readonly outputKey: Bytes;
}

export interface OffboardForfeits {
  /** Gives each of several inputs its connector; absent for one input, which spends the offboard's output itself. */
  readonly fanout?: Tx;
  /** One for each input, in order. */
  readonly forfeits: readonly OffboardForfeit[];
}

function buildForfeit(curve: Curve, vtxo: Vtxo, connector: OutPoint, script: Bytes): OffboardForfeit {
  const { tweak, outputKey } = policyTaproot(curve, vtxo.policy, vtxo);
  const connectorOut = { value: VTXO_DUST, script };
  const spent = [vtxoTxOut(curve, vtxo), connectorOut] as const;
  const taken = sats(vtxo.amount + VTXO_DUST);
  const tx: Tx = {
    version: 3,
    lockTime: 0,
    inputs: [vtxo.point, connector].map((prevout) => ({ prevout, sequence: FINAL })),
    outputs: [{ value: taken, script: keyOnlyScript(curve, vtxo.serverPubkey) }, feeAnchor(sats(0n))],
  };
  return {
    userPubkey: vtxo.policy.userPubkey,
    serverPubkey: vtxo.serverPubkey,
    vtxo,
    connector,
    tx,
    spent,
    sighash: taprootSighash(tx, 0, spent),
    tweak,
    outputKey,
  };
}

/**
 * All forfeits of an offboard. @param inputs as {@link offboardInputs} orders them @param offboardTx checked before
 * @throws SkiffError SERVER_MISBEHAVED without a connector, INVALID_ARGUMENT without an input
 */
export function offboardForfeits(curve: Curve, inputs: readonly Vtxo[], offboardTx: Tx): OffboardForfeits {
  const connector = offboardTx.outputs[CONNECTOR_VOUT];
  if (!connector) throw misbehaved('connector-missing');
  const { script } = connector;
  const root = { txid: txid(offboardTx), vout: CONNECTOR_VOUT };
  const [only, second] = inputs;
  if (only && !second) return { forfeits: [buildForfeit(curve, only, root, script)] };
  const fanout = connectorFanoutTx(root, inputs.length, script);
  const id = txid(fanout);
  return {
    fanout,
    forfeits: inputs.map((vtxo, vout) => buildForfeit(curve, vtxo, { txid: id, vout }, script)),
  };
}

/**
 * The user's halves, one for each forfeit in order. Our nonces live and die in here.
 * @param random the CSPRNG, two draws for each
 * @throws SkiffError SERVER_MISBEHAVED when the nonces are not one for each input, INTERNAL for a foreign key
 */
export function signOffboardForfeits(
  curve: Curve,
  forfeits: readonly OffboardForfeit[],
  serverNonces: readonly Bytes[],
  secrets: readonly Bytes[],
  random: (length: number) => Bytes,
): Answer[] {
  if (serverNonces.length !== forfeits.length)
    throw misbehaved('nonce-count', { expected: forfeits.length, got: serverNonces.length });
  if (secrets.length !== forfeits.length)
    throw new SkiffError({ code: 'INTERNAL', say: 'A coin was about to be signed without its key.' });
  return forfeits.map((forfeit, i) =>
    signShare(curve, forfeit, serverNonces[i] as Bytes, secrets[i] as Bytes, random),
  );
}
