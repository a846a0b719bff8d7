// One step of one swap of the service, from what the chain and the Lightning node say now. Whatever it is about to show to
// anybody is in the record, and the record saved, before; so a power cut anywhere only means that the step runs again.
// The money is put on the chain only for a payment that waits; the payment is taken only with a preimage that opens its
// hash; and it is sent back only when the chain has given the money back.
import { parseTx } from '../../src/ark/tx.ts';
import { vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { isSkiffError } from '../../src/errors.ts';
import { preimageFromWitness } from '../../src/lightning/preimage.ts';
import { sats } from '../../src/units.ts';
import { lockedOf, outputOf, refundHeight, refundOf } from './contract.ts';
import type { Purse } from './purse.ts';
import type { SwapConfig, SwapLie, SwapPorts, SwapRecord } from './types.ts';

/** Confirmations of the spend after which nothing is looked at any more. */
const BURIED = 6;
/** Fee rate of a lock-up, a refund and a recall, in sat/vB over the estimate. */
const HASTE = 1;
/** Above this rate a refund stops bidding. */
const MAX_RATE = 500;

export interface Drive {
  ports: SwapPorts;
  config: SwapConfig;
  purse: Purse;
  lie(): SwapLie | undefined;
}

type Save = (change: Partial<SwapRecord>) => void;

/** Moves the record on. @param others every record there is, for what is set aside @returns whether to look again */
export async function driveSwap(
  d: Drive,
  record: SwapRecord,
  others: readonly SwapRecord[],
): Promise<boolean> {
  const save: Save = (change) => d.ports.store.save(Object.assign(record, change));
  switch (record.state) {
    case 'Pending':
      return false;
    case 'AwaitingIncomingHtlcAccepted':
      return awaitIncoming(d, record, others, save);
    case 'AwaitingOutgoingHtlcSettlement':
      return awaitClaim(d, record, save);
    case 'Refunding':
      return awaitRefund(d, record, save);
    case 'Complete':
      return bury(d, record, save);
    default:
      return false;
  }
}

const cancel = (d: Drive, record: SwapRecord, save: Save, state: SwapRecord['state'], reason: string) => {
  d.ports.node.cancelHold(record.hash);
  save({ state, reason, closed: true });
  return false;
};

async function awaitIncoming(
  d: Drive,
  record: SwapRecord,
  others: readonly SwapRecord[],
  save: Save,
): Promise<boolean> {
  const { ports, config } = d;
  const held = ports.node.hold(record.hash);
  if (held?.state === 'canceled') return cancel(d, record, save, 'Canceled', 'the payment was called off');
  if (held?.state !== 'held') {
    if (ports.now() <= record.invoiceExpiresAt) return false;
    return cancel(d, record, save, 'Expired', 'the invoice was not paid in time');
  }
  const { height } = await ports.chain.tip();
  const short = (held.amountMsat ?? 0n) < BigInt(record.invoiceSats) * 1000n;
  if (short) return cancel(d, record, save, 'Canceled', 'less than the invoice arrived');
  if (blocksLeft(d, record, held.expiresAt, height) < 0)
    return cancel(
      d,
      record,
      save,
      'Canceled',
      'the payment would end before the lock-up could be taken back',
    );
  if (d.lie() === 'no-lockup') return false;
  const rate = (await ports.chain.feeRates()).regular + HASTE;
  const script = d.lie() === 'wrong-script' ? d.purse.script : outputOf(ports, config, record);
  const value = sats(d.lie() === 'low-value' ? record.lockupSats - 1 : record.lockupSats);
  const twice = d.lie() === 'two-outputs' ? [{ script, value: sats(1_000) }] : [];
  let lockup;
  try {
    lockup = await d.purse.pay(others, [{ script, value }, ...twice], rate);
  } catch (error) {
    if (!isSkiffError(error, 'INSUFFICIENT_FUNDS')) throw error;
    return cancel(d, record, save, 'Canceled', 'the service ran out of funds');
  }
  save({ state: 'AwaitingOutgoingHtlcSettlement', lockup: { ...lockup, vout: 0 } });
  return true;
}

/** Blocks to spare if the lock-up is confirmed as late as is allowed. */
function blocksLeft({ config }: Drive, record: SwapRecord, expiresAt: number | undefined, tip: number) {
  if (expiresAt === undefined) return -1;
  const end = refundHeight(record, tip + config.confirmWait) ?? tip;
  return expiresAt - config.margin - end;
}

/** Under so many blocks that the payment may be sent back: a reorganisation must not bring the lock-up back after it. */
const deep = ({ config }: Drive, at: number | undefined, tip: number): boolean =>
  at !== undefined && tip - at + 1 >= config.refundDepth;

/** What spends the lock-up, and what that tells. */
async function spendOf(d: Drive, record: SwapRecord) {
  const { chain } = d.ports;
  const { txid, vout } = record.lockup!;
  const spend = await chain.outspend(txid, vout);
  if (!spend.spent || spend.txid === undefined) return undefined;
  const raw = await chain.tx(spend.txid);
  if (!raw) return undefined;
  const own = vtxoIdText(lockedOf(d.ports, d.config, record).point);
  const input = parseTx(raw).inputs.find((i) => vtxoIdText(i.prevout) === own);
  const preimage = preimageFromWitness(input?.witness ?? [], fromHex(record.hash));
  return { txid: spend.txid, status: spend.status, preimage };
}

async function awaitClaim(d: Drive, record: SwapRecord, save: Save): Promise<boolean> {
  const { ports } = d;
  if (record.preimage !== undefined) return settle(d, record, save, record.preimage);
  const { height } = await ports.chain.tip();
  const spend = await spendOf(d, record);
  if (spend?.preimage) return settle(d, record, save, toHex(spend.preimage), spend.txid);
  if (spend && spend.txid !== record.refund?.txid) {
    if (!spend.status?.confirmed) return false;
    // Not by our refund and without a preimage of 32 bytes: Lightning has no way to take the payment.
    save({ state: 'Lost', claimTxid: spend.txid, reason: 'claimed without a preimage that settles' });
    return false;
  }
  const { lockup } = record;
  const status = await ports.chain.txStatus(lockup!.txid);
  if (record.recall) return awaitRecall(d, record, save);
  if (!status) await show(d, lockup!.raw);
  const held = ports.node.hold(record.hash);
  const tooLate = blocksLeft(d, record, held?.expiresAt, height - d.config.confirmWait) < 0;
  if (!status?.confirmed && (tooLate || held?.state === 'canceled')) {
    const rate = (await ports.chain.feeRates()).fast + 2 * HASTE + 1;
    save({ recall: await d.purse.recall(lockup!.raw, rate) });
    return true;
  }
  if (status?.confirmed && lockup && !lockup.confirmed) save({ lockup: { ...lockup, confirmed: true } });
  const from = refundHeight(record, status?.height);
  if (from === undefined || !status?.confirmed || height + 1 < from) return false;
  const rate = (await ports.chain.feeRates()).regular + HASTE;
  const refund = refundOf(ports, d.config, record, d.purse.script, rate);
  save({ state: 'Refunding', refund: { ...refund, rate } });
  return true;
}

/** The lock-up was not confirmed in time: its inputs come home instead. */
async function awaitRecall(d: Drive, record: SwapRecord, save: Save): Promise<boolean> {
  await show(d, record.recall!.raw);
  const status = await d.ports.chain.txStatus(record.recall!.txid);
  const { height } = await d.ports.chain.tip();
  if (!deep(d, status?.height, height)) return false;
  return cancel(d, record, save, 'Refunded', 'the lock-up was not confirmed in time and taken back');
}

async function awaitRefund(d: Drive, record: SwapRecord, save: Save): Promise<boolean> {
  const { chain } = d.ports;
  const { refund } = record;
  const { height } = await chain.tip();
  const spend = await spendOf(d, record);
  if (spend?.preimage) return settle(d, record, save, toHex(spend.preimage), spend.txid);
  if (spend && spend.txid === refund?.txid && deep(d, spend.status?.height, height))
    return cancel(d, record, save, 'Refunded', 'nobody claimed it in time');
  if (!(await chain.txStatus(record.lockup!.txid))) await show(d, record.lockup!.raw);
  const rate = Math.min((await chain.feeRates()).fast + HASTE, MAX_RATE);
  if (refund && rate > refund.rate) {
    const dearer = refundOf(d.ports, d.config, record, d.purse.script, rate);
    save({ refund: { ...dearer, rate } });
  }
  await show(d, record.refund!.raw);
  return false;
}

/** Takes the payment: the preimage is saved first, so that it is never lost between the two. */
async function settle(
  d: Drive,
  record: SwapRecord,
  save: Save,
  preimage: string,
  claimTxid?: string,
): Promise<boolean> {
  if (record.preimage === undefined) save({ preimage, ...(claimTxid !== undefined && { claimTxid }) });
  d.ports.node.settleHold(fromHex(preimage));
  save({ state: 'Complete' });
  return false;
}

/** Settled; the client still has to get what was locked for it, reorganisations included. */
async function bury(d: Drive, record: SwapRecord, save: Save): Promise<boolean> {
  if (record.closed || !record.lockup) return false;
  if (record.preimage !== undefined) d.ports.node.settleHold(fromHex(record.preimage));
  const { chain } = d.ports;
  if (!(await chain.txStatus(record.lockup.txid))) await show(d, record.lockup.raw);
  const spend = await spendOf(d, record);
  if (!spend?.status?.confirmed || spend.status.height === undefined) return false;
  const { height } = await chain.tip();
  if (height - spend.status.height + 1 >= BURIED) save({ claimTxid: spend.txid, closed: true });
  return false;
}

/** Shows a transaction to the network; a refusal is looked at again with the next block. */
async function show({ ports }: Drive, raw: string): Promise<void> {
  try {
    await ports.chain.broadcast(fromHex(raw));
  } catch (error) {
    ports.log('the network did not take a transaction', { reason: String(error) });
  }
}
