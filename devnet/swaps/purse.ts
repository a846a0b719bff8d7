// The service's money: outputs of one script. What is promised to a swap is set aside by the swap's record itself: its
// lock-up names the inputs, so nothing is forgotten with the process.
import { parseTx } from '../../src/ark/tx.ts';
import { vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import type { OnchainUtxoRow } from '../../src/store/rows.ts';
import { sats } from '../../src/units.ts';
import { signDraft } from '../../src/wallet/onchain/sign.ts';
import { draftAll, draftPayments, type Draft, type Payment } from '../../src/wallet/onchain/transaction.ts';
import { purseKey } from './keys.ts';
import { SwapRefused, type Broadcast, type SwapPorts, type SwapRecord } from './types.ts';

/** What one refill of a self-funding purse brings. */
const REFILL = 100_000_000n;
/** Kept beyond a lock-up for its fee. */
const FEE_RESERVE = 2_000n;

const inputsOf = (raw: string): string[] => parseTx(fromHex(raw)).inputs.map((i) => vtxoIdText(i.prevout));

export interface Purse {
  readonly script: Uint8Array;
  /** @throws SwapRefused 503 when there is not enough for another lock-up of this size */
  assertFunds(records: readonly SwapRecord[], lockup: bigint): Promise<void>;
  /** Signed, not shown to anybody. @throws SkiffError INSUFFICIENT_FUNDS */
  pay(records: readonly SwapRecord[], payments: readonly Payment[], rate: number): Promise<Broadcast>;
  /** Takes the inputs of this transaction back, with a fee that pushes it out. */
  recall(raw: string, rate: number): Promise<Broadcast>;
}

export function createPurse(ports: SwapPorts): Purse {
  const { chain, curve, random } = ports;
  const key = purseKey(curve, ports.seed);

  const rows = async (): Promise<OnchainUtxoRow[]> =>
    (await chain.utxos(key.script)).map(({ txid, vout, value, status }) => ({
      id: `${txid}:${vout}`,
      value: sats(value),
      scriptIndex: 0,
      ...(status.height !== undefined && { height: status.height }),
    }));
  const free = async (records: readonly SwapRecord[]) => {
    const taken = new Set(
      records.flatMap((r) => (r.lockup && r.closed === undefined ? inputsOf(r.lockup.raw) : [])),
    );
    return (await rows()).filter((u) => !taken.has(u.id));
  };
  const sum = (utxos: readonly OnchainUtxoRow[]) => utxos.reduce((total, u) => total + u.value, 0n);
  const promised = (records: readonly SwapRecord[]) =>
    records
      .filter((r) => r.state === 'Pending' || r.state === 'AwaitingIncomingHtlcAccepted')
      .reduce((total, r) => total + BigInt(r.lockupSats) + FEE_RESERVE, 0n);
  const sign = async (draft: Draft): Promise<Broadcast> => {
    const { height } = await chain.tip();
    const own = () => ({ internal: key.internal, script: key.script, secret: key.secret() });
    const signed = signDraft(curve, draft, { changeScript: key.script, tip: height }, own, random);
    return { raw: toHex(signed.raw), txid: signed.txid };
  };

  return {
    script: key.script,
    async assertFunds(records, lockup) {
      const needed = lockup + FEE_RESERVE + promised(records);
      if (sum(await free(records)) >= needed) return;
      ports.topUp?.(key.script, needed + REFILL);
      if (sum(await free(records)) < needed)
        throw new SwapRefused(503, 'the service has not enough on-chain funds for this amount right now');
    },
    pay: async (records, payments, rate) => sign(draftPayments(await free(records), payments, rate)),
    async recall(raw, rate) {
      // Its outputs are not there for this: the inputs are taken by what they were before it.
      const spent = await Promise.all(
        parseTx(fromHex(raw)).inputs.map(async ({ prevout }): Promise<OnchainUtxoRow> => {
          const id = vtxoIdText(prevout);
          const [txid = ''] = id.split(':');
          const before = parseTx((await chain.tx(txid)) ?? new Uint8Array());
          const value = before.outputs[prevout.vout]?.value ?? sats(0n);
          return { id, value, scriptIndex: 0 };
        }),
      );
      return sign(draftAll(spent, key.script, rate));
    },
  };
}
