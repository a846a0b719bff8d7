// What the transactions are that the consensus check gets, told by their form: so that a kind that no test makes any more
// is missed.
import { readFileSync } from 'node:fs';

import { readTx, type ChainTx } from '../../devnet/chain/tx.ts';

interface Entry {
  tx: string;
  spent: { value: number; script: string }[];
}

const ANCHOR = '51024e73';
const COVER = /^5120/;
const P2WSH = /^0020/;
/** How the claim leaf of a Boltz reverse swap begins: the preimage has 32 bytes. */
const REVERSE_CLAIM = '82012088a914';

/** Control block and script at the end of the witness, no annex in Ark: spends by a script. */
const byScript = (tx: ChainTx, { spent }: Entry): boolean =>
  tx.inputs.some(({ witness }, i) => COVER.test(spent[i]?.script ?? '') && witness.length > 1);

function kindOf(entry: Entry): string {
  const tx = readTx(entry.tx);
  const paysAnchor = tx.outputs.some(({ script }) => Buffer.from(script).toString('hex') === ANCHOR);
  if (entry.spent.some(({ script }) => script === ANCHOR)) return 'children that pay for an exit';
  if (tx.version === 3 && paysAnchor)
    return byScript(tx, entry) ? 'exits of round leaves (preimage)' : 'exits of boards, trees and transfers';
  if (entry.spent.some(({ script }) => P2WSH.test(script)))
    return 'swaps: claims and refunds by the tutorial’s script';
  const leaves = tx.inputs.flatMap(({ witness }) => witness.map((item) => Buffer.from(item).toString('hex')));
  if (leaves.some((leaf) => leaf.startsWith(REVERSE_CLAIM))) return 'swaps: claims by the Boltz leaf';
  if (byScript(tx, entry)) return tx.lockTime > 0 ? 'claims and sweeps (timelocks)' : 'other script spends';
  const connectors = tx.outputs[1];
  const forConnectors = connectors && connectors.value % 330n === 0n && connectors.value <= 33_000n;
  if (forConnectors && connectors.script.length === 34) return 'offboards';
  return 'payments, boards, rounds';
}

/** Lines `kind: count` of a dump. */
export function kinds(file: string): string[] {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as Entry;
    if (seen.has(entry.tx)) continue;
    seen.add(entry.tx);
    const kind = kindOf(entry);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort().map(([kind, count]) => `${kind}: ${count}`);
}
