// A node's JSON-RPC over the devnet's chain: the methods that src/chain/bitcoind.ts and devnet/chain/node.ts call, with
// Bitcoin Core's answers and error codes, behind a user and a password.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { headerBytes } from '../../../devnet/chain/block.ts';
import { Rejected } from '../../../devnet/chain/rejected.ts';
import type { DevChain } from '../../../devnet/chain/types.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';

const sha256Hex = (bytes: Uint8Array): string => toHex(sha256(bytes));

class Refused extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FakeNode {
  readonly url: string;
  /** Methods in the order they were called. */
  readonly calls: string[];
  user: string;
  password: string;
  /** Without an index of transactions. */
  indexed: boolean;
  /** Hash of the first block that it claims. */
  genesis?: string;
  stop(): Promise<void>;
}

// JSON of whoever calls: each method knows what it is given.
type Params = readonly [never, never, never];

type Method = (chain: DevChain, params: Params, node: FakeNode) => unknown;

const record = (chain: DevChain, txid: string) => {
  const found = chain.tx(txid);
  if (!found)
    throw new Refused(
      -5,
      'No such mempool or blockchain transaction. Use gettransaction for wallet transactions.',
    );
  return found;
};
const blockOf = (chain: DevChain, hash: string) => {
  const found = chain.block(hash);
  if (!found) throw new Refused(-5, 'Block not found');
  return { ...found, confirmations: found.best ? chain.height() - found.height + 1 : -1 };
};
const reason = (e: unknown): string => {
  if (e instanceof Rejected) return e.reason;
  throw e;
};

const methods: Record<string, Method> = {
  getblockchaininfo: (chain) => ({
    chain: 'regtest',
    blocks: chain.height(),
    headers: chain.height(),
    bestblockhash: chain.tip().hash,
  }),
  getbestblockhash: (chain) => chain.tip().hash,
  // Whoever is to be paid: all rewards go to the faucet.
  generatetoaddress: (chain, [blocks]) => chain.mine(blocks),
  generateblock: (chain, [, include]) => {
    try {
      return { hash: chain.mine(1, { empty: true, include })[0] };
    } catch (e) {
      throw new Refused(-25, reason(e));
    }
  },
  invalidateblock: (chain, [hash]) => {
    chain.invalidate(chain.height() - blockOf(chain, hash).height + 1);
  },
  getindexinfo: (_chain, _params, { indexed }) =>
    indexed ? { txindex: { synced: true, best_block_height: 1 } } : {},
  getblockhash: (chain, [height], { genesis }) => {
    const hash = height === 0 && genesis !== undefined ? genesis : chain.blockHash(height);
    if (hash === undefined) throw new Refused(-8, 'Block height out of range');
    return hash;
  },
  getblockheader: (chain, [hash, verbose]) => {
    const { header, height, confirmations } = blockOf(chain, hash);
    return verbose ? { hash, height, confirmations } : toHex(headerBytes(header));
  },
  getblock: (chain, [hash, verbosity]) => {
    const { txs, height, confirmations, header } = blockOf(chain, hash);
    const tx =
      verbosity === 1
        ? txs.map(({ txid }) => txid)
        : txs.map(({ txid, inputs, raw }, i) => ({
            txid,
            hex: toHex(raw),
            vin:
              i === 0
                ? [{ coinbase: '00' }]
                : inputs.map((input) => ({ txid: input.txid, vout: input.vout })),
          }));
    return { hash, height, confirmations, previousblockhash: header.previous, tx };
  },
  getrawtransaction: (chain, [txid, verbose]) => {
    const { tx, block } = record(chain, txid);
    const hex = toHex(tx.raw);
    return verbose ? { txid, hex, ...(block && { blockhash: block.hash, confirmations: 1 }) } : hex;
  },
  getrawmempool: (chain) => chain.mempool().map(({ tx }) => tx.txid),
  gettxspendingprevout: (chain, [points]) =>
    (points as { txid: string; vout: number }[]).map(({ txid, vout }) => {
      const spender = chain.outspend(txid, vout);
      return { txid, vout, ...(spender && !spender.block && { spendingtxid: spender.txid }) };
    }),
  gettxout: (chain, [txid, vout]) => {
    const output = chain.tx(txid)?.block && chain.tx(txid)?.tx.outputs[vout];
    return output && !chain.outspend(txid, vout)?.block
      ? { bestblock: chain.tip().hash, confirmations: 1 }
      : null;
  },
  scantxoutset: (chain, [action, descriptors]) => {
    if (action !== 'start') throw new Refused(-8, 'Invalid action');
    const scripts = (descriptors as string[]).map((text) => /^raw\(([0-9a-f]+)\)$/.exec(text)?.[1]);
    if (scripts.includes(undefined)) throw new Refused(-5, 'is not a valid descriptor function');
    const unspents = scripts.flatMap((hex) => {
      const script = fromHex(hex!);
      // Of the blocks only: the mempool neither adds nor spends.
      const seen = chain.history(sha256Hex(script));
      return seen.flatMap(({ tx, block }) =>
        tx.outputs.flatMap((output, vout) =>
          block && toHex(output.script) === hex && !chain.outspend(tx.txid, vout)?.block
            ? [{ txid: tx.txid, vout, height: block.height, amount: Number(output.value) / 1e8 }]
            : [],
        ),
      );
    });
    return { success: true, txouts: 1, height: chain.height(), bestblock: chain.tip().hash, unspents };
  },
  estimatesmartfee: (chain, [target]) => {
    const rate = chain.feeEstimates[String(target)];
    return rate === undefined
      ? { errors: ['Insufficient data'], blocks: target }
      : { feerate: rate / 1e5, blocks: target };
  },
  sendrawtransaction: (chain, [hex]) => {
    try {
      return chain.submit(hex);
    } catch (e) {
      throw new Refused(/already in utxo set/.test(reason(e)) ? -27 : -26, reason(e));
    }
  },
  submitpackage: (chain, [hexes]) => {
    const { message, results, replaced } = chain.submitPackage(hexes);
    const fees = ({ fee, group }: (typeof results)[number]) =>
      fee !== undefined && {
        fees: {
          base: Number(fee) / 1e8,
          ...(group && {
            'effective-feerate': Number(group.fee) / group.vsize / 1e5,
            'effective-includes': group.wtxids,
          }),
        },
      };
    return {
      package_msg: message,
      'tx-results': Object.fromEntries(
        results.map((one) => {
          const { wtxid, txid, vsize, error } = one;
          return [wtxid, { txid, vsize, ...fees(one), ...(error && { error }) }];
        }),
      ),
      'replaced-transactions': replaced,
    };
  },
};

/** Starts it on a port of its own. */
export async function fakeNode(chain: DevChain): Promise<FakeNode> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const expected = `Basic ${btoa(`${node.user}:${node.password}`)}`;
      if (req.headers.authorization !== expected) return void res.writeHead(401).end();
      const { method, params, id } = JSON.parse(Buffer.concat(chunks).toString()) as {
        method: string;
        params: Params;
        id: string;
      };
      node.calls.push(method);
      const answer = (status: number, result: unknown, error: unknown) =>
        res
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify({ result, error, id }));
      try {
        const run = methods[method];
        if (!run) throw new Refused(-32601, 'Method not found');
        answer(200, run(chain, params, node) ?? null, null);
      } catch (e) {
        if (!(e instanceof Refused)) return void answer(500, null, { code: -1, message: String(e) });
        answer(500, null, { code: e.code, message: e.message });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const node: FakeNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    user: 'alice',
    password: 'secret',
    indexed: true,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return node;
}
