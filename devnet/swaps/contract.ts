// The output that a record of the service is about: its script, and the service's way back out of it.
import { serializeTx, txid, type Tx } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { leafRefundFee, refundByLeaf } from '../../src/swaps/boltz/spend.ts';
import { reverseOutput, type ReverseOutput } from '../../src/swaps/boltz/tree.ts';
import { refundHtlc, htlcRefundFee } from '../../src/swaps/htlc-spend.ts';
import { htlcOutput, htlcScript, keyHash, keyHashOf } from '../../src/swaps/htlc.ts';
import type { LockedOutput } from '../../src/swaps/spend.ts';
import { sats } from '../../src/units.ts';
import { parseTxid } from '../../src/ark/vtxo-id.ts';
import { refundSecret } from './keys.ts';
import type { Broadcast, SwapConfig, SwapPorts, SwapRecord } from './types.ts';

/** A signed transaction as records keep it. */
const broadcastOf = (tx: Tx): Broadcast => ({ raw: toHex(serializeTx(tx)), txid: txidText(txid(tx)) });

/** The reverse swap's taproot output. Only for records of the Boltz API. */
export function reverseOf(ports: SwapPorts, record: SwapRecord): ReverseOutput {
  const { request } = record;
  if (request.kind !== 'boltz') throw new Error('not a reverse swap');
  return reverseOutput(ports.curve, {
    hash: fromHex(request.hash),
    claimKey: fromHex(request.claimPublicKey),
    refundKey: ports.curve.publicKey(refundSecret(ports.seed, record.key)),
    timeout: record.timeout,
  });
}

/** Witness script of a loop-out. */
function scriptOf(ports: SwapPorts, config: SwapConfig, record: SwapRecord): Uint8Array {
  const { request } = record;
  if (request.kind !== 'loop') throw new Error('not a loop-out');
  return htlcScript({
    hash: fromHex(request.hash),
    claim: keyHashOf(request.htlcClaimAddress, config.network),
    refund: keyHash(ports.curve.publicKey(refundSecret(ports.seed, record.key))),
    delay: record.timeout,
    sized: request.sized,
  });
}

/** scriptPubKey that the lock-up pays. */
export const outputOf = (ports: SwapPorts, config: SwapConfig, record: SwapRecord): Uint8Array =>
  record.request.kind === 'loop'
    ? htlcOutput(scriptOf(ports, config, record))
    : reverseOf(ports, record).script;

export const lockedOf = (ports: SwapPorts, config: SwapConfig, record: SwapRecord): LockedOutput => {
  if (!record.lockup) throw new Error('nothing is locked');
  return {
    point: { txid: parseTxid(record.lockup.txid), vout: record.lockup.vout },
    value: sats(record.lockupSats),
    script: outputOf(ports, config, record),
  };
};

/** The refund at this fee rate, to the purse. */
export function refundOf(
  ports: SwapPorts,
  config: SwapConfig,
  record: SwapRecord,
  to: Uint8Array,
  rate: number,
): Broadcast {
  const { curve, seed } = ports;
  const locked = lockedOf(ports, config, record);
  const secret = refundSecret(seed, record.key);
  if (record.request.kind === 'loop') {
    const script = scriptOf(ports, config, record);
    const plan = { locked, to, fee: htlcRefundFee(rate, to, script) };
    return broadcastOf(refundHtlc(curve, plan, { script, delay: record.timeout, secret }));
  }
  const output = reverseOf(ports, record);
  const plan = { locked, to, fee: leafRefundFee(rate, to, output), lockTime: record.timeout };
  return broadcastOf(refundByLeaf(curve, plan, output, { secret, aux: ports.random(32) }));
}

/** Least height at which a block may hold the refund, where it is known. */
export const refundHeight = (record: SwapRecord, confirmedAt: number | undefined): number | undefined =>
  record.request.kind === 'boltz'
    ? record.timeout + 1
    : confirmedAt === undefined
      ? undefined
      : confirmedAt + record.timeout;
