"""Bitcoin Core's consensus code (libbitcoinkernel) judges what was meant for the devnet's chain.

Usage: kernel_check.py FILE...

Each FILE holds one JSON object a line, or is the transcripts' chain.json:
  {"tx": hex, "spent": [{"value": sat, "script": hex}, …]}   a transaction with the outputs that it spends:
        every input is verified with all consensus flags, taproot included, and must fail with another amount
  {"chain": name, "refused": hex}   a block on top of the one before it that breaks a rule: the node must not take it
  {"chain": name, "block": hex}   blocks of a regtest chain in the order they were mined, without the genesis block:
        each chain is fed to a fresh node, which checks work, roots, commitments, time locks, maturity, amounts, and
        has to end on the same tip (the longest branch, of equal ones the first)

Prints what failed, then "N passed, M failed" (transactions and chains). Exit code 0 only when nothing failed.
"""

import json
import sys
import tempfile

import pbk
from pbk.script import PrecomputedTransactionData

FLAGS = pbk.ScriptVerificationFlags.ALL
ANCHOR = "51024e73"


def verify(raw, spent):
    """Does every input of this transaction satisfy the output that it spends?"""
    tx = pbk.Transaction(raw)
    if len(tx.inputs) != len(spent):
        return False
    scripts = [pbk.ScriptPubkey(bytes.fromhex(out["script"])) for out in spent]
    outputs = [pbk.TransactionOutput(s, out["value"]) for s, out in zip(scripts, spent)]
    data = PrecomputedTransactionData(tx, outputs)
    return all(
        script.verify(out["value"], tx, data, index, FLAGS)
        for index, (script, out) in enumerate(zip(scripts, spent))
    )


def refuses_changed_amount(raw, spent):
    """The judge is awake: with one more satoshi in a signed output the same bytes must not verify."""
    for index, out in enumerate(spent):
        if out["script"] == ANCHOR or not out["script"].startswith(("0014", "0020", "5120")):
            continue
        other = [dict(o, value=o["value"] + 1) if i == index else o for i, o in enumerate(spent)]
        return not verify(raw, other)
    return True


def judge_transaction(entry):
    raw = bytes.fromhex(entry["tx"])
    if not verify(raw, entry["spent"]):
        return "an input does not verify"
    if not refuses_changed_amount(raw, entry["spent"]):
        return "still verifies with another amount"
    return None


def longest_tip(blocks):
    """Hash of the tip that a node follows, when all blocks are valid."""
    heights = {}
    best = None
    for block in blocks:
        height = heights.get(bytes(block.block_header.prev_hash), 0) + 1
        own = bytes(block.block_hash)
        heights[own] = height
        if best is None or height > heights[best]:
            best = own
    return best


def tip_of(manager):
    chain = manager.get_active_chain()
    return bytes(chain.block_tree_entries[chain.height].block_hash)


def judge_chain(entries):
    blocks = []
    with tempfile.TemporaryDirectory() as folder:
        manager = pbk.load_chainman(folder, pbk.ChainType.REGTEST)
        for position, (raw, is_good) in enumerate(entries):
            block = pbk.Block(bytes.fromhex(raw))
            try:
                manager.process_block(block)
            except pbk.ProcessBlockException as refused:
                if is_good:
                    return f"block {position + 1} of {len(entries)}: {refused}"
            if is_good:
                blocks.append(block)
            elif tip_of(manager) == bytes(block.block_hash):
                return f"block {position + 1} of {len(entries)} was to be refused"
        if tip_of(manager) != longest_tip(blocks):
            height = manager.get_active_chain().height
            return f"a block does not connect: the node stays at height {height} of {len(blocks)} blocks"
    return None


def from_transcripts(document):
    """Transactions of chain.json whose spent outputs are all in it."""
    known = {}
    transactions = [raw for block in document["blocks"] for raw in block["txs"]]
    for raw in transactions:
        tx = pbk.Transaction(bytes.fromhex(raw))
        for index, out in enumerate(tx.outputs):
            known[(bytes(tx.txid), index)] = {
                "value": out.amount,
                "script": bytes(out.script_pubkey).hex(),
            }
    for raw in transactions:
        inputs = pbk.Transaction(bytes.fromhex(raw)).inputs
        points = [(bytes(i.out_point.txid), i.out_point.index) for i in inputs]
        if all(point in known for point in points):
            yield {"tx": raw, "spent": [known[point] for point in points]}


def read(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".json"):
        yield from from_transcripts(json.loads(text))
        return
    for line in text.splitlines():
        if line.strip():
            yield json.loads(line)


def main(paths):
    passed = failed = 0
    seen = set()
    chains = {}

    def count(name, problem):
        nonlocal passed, failed
        if problem is None:
            passed += 1
        else:
            failed += 1
            print(f"FAILED {name}: {problem}")

    for path in paths:
        for entry in read(path):
            if "block" in entry or "refused" in entry:
                chain = chains.setdefault(entry.get("chain", path), [])
                chain.append((entry["block"], True) if "block" in entry else (entry["refused"], False))
            elif entry["tx"] not in seen:
                seen.add(entry["tx"])
                try:
                    problem = judge_transaction(entry)
                except Exception as broken:  # what Core cannot even parse is a failure like any other
                    problem = repr(broken)
                count(entry["tx"], problem)
    transactions = passed + failed
    for name, blocks in chains.items():
        count(f"chain {name}", judge_chain(blocks))
    blocks = sum(len(b) for b in chains.values())
    print(f"{transactions} transactions, {len(chains)} chains of {blocks} blocks")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
