// JSON as Blockstream's Esplora gives it (github.com/Blockstream/esplora API.md), from the chain's records.
import { scriptToAddress } from '../../../src/bitcoin/address.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { headerBytes } from '../block.ts';
import { scriptKind } from '../script/kind.ts';
import { scriptHash } from '../state.ts';
import { isCoinbase, type TxInput, type TxOutput } from '../tx.ts';
import type { BlockRecord, BlockRef, DevChain, OutputRecord, PackageResult, TxRecord } from '../types.ts';
import { asm } from './asm.ts';

const REGTEST_DIFFICULTY = 4.6565423739069247e-10;

/** Confirmation as every answer carries it. */
export function statusJson(chain: DevChain, block?: BlockRef) {
  if (!block) return { confirmed: false };
  return {
    confirmed: true,
    block_height: block.height,
    block_hash: block.hash,
    block_time: chain.block(block.hash)?.header.time,
  };
}

function outputJson({ value, script }: TxOutput) {
  const address = scriptToAddress(script, 'regtest');
  return {
    scriptpubkey: toHex(script),
    scriptpubkey_asm: asm(script),
    scriptpubkey_type: scriptKind(script),
    ...(address === undefined ? {} : { scriptpubkey_address: address }),
    value: Number(value),
  };
}

const inputJson = (input: TxInput, spent: TxOutput | undefined) => ({
  txid: input.txid,
  vout: input.vout,
  prevout: spent ? outputJson(spent) : null,
  scriptsig: toHex(input.scriptSig),
  scriptsig_asm: asm(input.scriptSig),
  ...(input.witness.length > 0 ? { witness: input.witness.map((item) => toHex(item)) } : {}),
  is_coinbase: spent === undefined,
  sequence: input.sequence,
});

export function txJson(chain: DevChain, { tx, spent, fee, block }: TxRecord) {
  return {
    txid: tx.txid,
    version: tx.version,
    locktime: tx.lockTime,
    vin: tx.inputs.map((input, i) => inputJson(input, isCoinbase(tx) ? undefined : spent[i])),
    vout: tx.outputs.map(outputJson),
    size: tx.raw.length,
    weight: tx.weight,
    fee: Number(fee),
    status: statusJson(chain, block),
  };
}

export function blockJson({ hash, height, header, txs, medianTime }: BlockRecord) {
  const size = txs.reduce((sum, { raw }) => sum + raw.length, 81);
  return {
    id: hash,
    height,
    version: header.version,
    timestamp: header.time,
    tx_count: txs.length,
    size,
    weight: txs.reduce((sum, { weight }) => sum + weight, 4 * 81),
    merkle_root: header.merkleRoot,
    previousblockhash: height === 0 ? null : header.previous,
    mediantime: medianTime,
    nonce: header.nonce,
    bits: header.bits,
    difficulty: REGTEST_DIFFICULTY,
  };
}

export const headerHex = ({ header }: BlockRecord): string => toHex(headerBytes(header));

export const utxoJson = (chain: DevChain, { txid, vout, value, block }: OutputRecord) => ({
  txid,
  vout,
  status: statusJson(chain, block),
  value: Number(value),
});

export function outspendJson(chain: DevChain, txid: string, vout: number) {
  const spender = chain.outspend(txid, vout);
  if (!spender) return { spent: false };
  return { spent: true, txid: spender.txid, vin: spender.vin, status: statusJson(chain, spender.block) };
}

function totals(records: readonly TxRecord[], hash: string) {
  const sum = (outputs: readonly TxOutput[]) =>
    outputs.reduce((total, { value }) => total + Number(value), 0);
  const own = (outputs: readonly TxOutput[]) => outputs.filter(({ script }) => scriptHash(script) === hash);
  const funded = records.flatMap(({ tx }) => own(tx.outputs));
  const spent = records.flatMap((record) => own(record.spent));
  return {
    funded_txo_count: funded.length,
    funded_txo_sum: sum(funded),
    spent_txo_count: spent.length,
    spent_txo_sum: sum(spent),
    tx_count: records.length,
  };
}

/** Totals of a script, on the chain and in the mempool. */
export function scriptStatsJson(chain: DevChain, hash: string) {
  const records = chain.history(hash);
  return {
    chain_stats: totals(
      records.filter(({ block }) => block),
      hash,
    ),
    mempool_stats: totals(
      records.filter(({ block }) => !block),
      hash,
    ),
  };
}

export function mempoolJson(records: readonly TxRecord[]) {
  const rates = records
    .map(({ fee, tx }) => [Number(fee) / tx.vsize, tx.vsize] as const)
    .sort(([a], [b]) => b - a);
  return {
    count: records.length,
    vsize: records.reduce((sum, { tx }) => sum + tx.vsize, 0),
    total_fee: records.reduce((sum, { fee }) => sum + Number(fee), 0),
    fee_histogram: rates,
  };
}

export const recentJson = (records: readonly TxRecord[]) =>
  records
    .slice(-10)
    .reverse()
    .map(({ tx, fee }) => ({
      txid: tx.txid,
      fee: Number(fee),
      vsize: tx.vsize,
      value: tx.outputs.reduce((sum, { value }) => sum + Number(value), 0),
    }));

const btc = (sats: bigint): number => Number(sats) / 1e8;

/** The answer of Bitcoin Core's `submitpackage`, which Esplora hands through. */
export const packageJson = ({ message, results, replaced }: PackageResult) => ({
  package_msg: message,
  'tx-results': Object.fromEntries(
    results.map(({ txid, wtxid, vsize, fee, group, error }) => [
      wtxid,
      error === undefined
        ? {
            txid,
            vsize,
            fees: {
              base: btc(fee ?? 0n),
              ...(group
                ? {
                    'effective-feerate': Number(((Number(group.fee) / group.vsize) * 1e-5).toFixed(8)),
                    'effective-includes': group.wtxids,
                  }
                : {}),
            },
          }
        : { txid, error },
    ]),
  ),
  'replaced-transactions': replaced,
});
