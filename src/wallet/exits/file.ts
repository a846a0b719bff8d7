// The way out of every coin as a file, for another tool to broadcast when Skiff is gone: the signed transactions in order
// and what opens the last output. The format is described in docs/exit-file.md. It holds no key and no preimage: claiming
// takes the seed. It tells what coins there are.

import { claimInput } from '../../ark/claim.ts';
import { clauseLockTime, clauseScript, clauseSequence, needsPreimage } from '../../ark/clause.ts';
import { exitChain } from '../../ark/exit.ts';
import { serializeTx } from '../../ark/tx.ts';
import { txidText, vtxoIdText } from '../../ark/vtxo-id.ts';
import { vtxoTxOut, type Vtxo } from '../../ark/vtxo.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { coinTables, liveCoins } from '../../store/coins.ts';
import { exitTables, liveExits } from '../../store/exits.ts';
import { loadCoins, type LoadedCoin } from '../coins/load.ts';
import type { ExportFile } from '../movements/export.ts';
import type { Deps } from '../ports.ts';

/** Heights and delays in blocks, amounts in satoshi, transactions and scripts in hex. */
interface ExitFileCoin {
  id: string;
  amount_sat: number;
  /** From this height on the server may take the coin: it has to be out before. */
  expiry_height: number;
  /** The output in a block of the chain that the first transaction spends. */
  anchor: string;
  /** Each pays no fee: it is relayed with a child that spends its output `fee_output`, after the one before is in a block. */
  transactions: { txid: string; hex: string; fee_output: number }[];
  output: { point: string; script_pubkey: string };
  /** A version 2 transaction that spends the output with the witness [signature, preimage where asked for, script, block]. */
  claim: {
    key_path: string;
    pubkey: string;
    script: string;
    control_block: string;
    sequence: number;
    lock_time: number;
    /** SHA-256 hash whose 32-byte preimage the script wants. */
    preimage_of?: string;
  };
  /** The coin as bark encodes it. */
  vtxo: string;
}

/** Any 32 bytes: which clause will be ours does not depend on what the preimage is. */
const SOME_PREIMAGE = new Uint8Array(32);

function claimOf({ ports }: Deps, vtxo: Vtxo, keyIndex: number): ExitFileCoin['claim'] | undefined {
  const { userPubkey } = vtxo.policy;
  const input = claimInput(ports.curve, vtxo, {
    owns: (pubkey) => equalBytes(pubkey, userPubkey),
    preimage: () => SOME_PREIMAGE,
  });
  if (!input) return undefined;
  const { clause, controlBlock } = input;
  return {
    key_path: `m/350'/0'/${keyIndex}`,
    pubkey: toHex(clause.pubkey),
    script: toHex(clauseScript(clause)),
    control_block: toHex(controlBlock),
    sequence: clauseSequence(clause) ?? 0,
    lock_time: clauseLockTime(clause) ?? 0,
    ...(needsPreimage(clause) && { preimage_of: toHex(clause.hash) }),
  };
}

function wayOut(deps: Deps, { row, vtxo, bytes }: LoadedCoin): ExitFileCoin | undefined {
  const claim = claimOf(deps, vtxo, row.keyIndex);
  const chain = exitChain(deps.ports.curve, vtxo);
  // A coin that its round has not unlocked has no way out of its own: the coins that it was made of have.
  if (!claim || chain.some(({ signed }) => !signed)) return undefined;
  return {
    id: row.id,
    amount_sat: Number(row.amount),
    expiry_height: vtxo.expiryHeight,
    anchor: vtxoIdText(vtxo.anchor),
    transactions: chain.map(({ tx, txid, anchor }) => ({
      txid: txidText(txid),
      hex: toHex(serializeTx(tx)),
      fee_output: anchor.point.vout,
    })),
    output: { point: row.id, script_pubkey: toHex(vtxoTxOut(deps.ports.curve, vtxo).script) },
    claim,
    vtxo: toHex(bytes),
  };
}

/** The ways out of all coins that are here or on their way out. @throws SkiffError of the store */
export async function exitFile(deps: Deps): Promise<ExportFile> {
  const { ports, config } = deps;
  const ids = await ports.db.read([...coinTables, ...exitTables], async (tx) => {
    const leaving = (await liveExits(tx)).filter(({ status }) => status === 'running');
    return new Set([...(await liveCoins(tx)), ...leaving].map(({ id }) => id));
  });
  const loaded = await loadCoins(deps, [...ids]);
  const made = new Date(ports.now()).toISOString();
  const coins = loaded.flatMap((coin) => wayOut(deps, coin) ?? []);
  const content = { format: 'skiff-exit', version: 1, network: config.network, made, coins };
  return {
    name: `skiff-exit-${made.slice(0, 10)}.json`,
    type: 'application/json',
    text: `${JSON.stringify(content, undefined, 1)}\n`,
  };
}
