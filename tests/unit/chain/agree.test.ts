import { describe, expect, test } from 'vitest';
import { agreeing } from '../../../src/chain/agree.ts';
import type { ChainSource, TxStatus } from '../../../src/chain/source.ts';

const down = async (): Promise<never> => {
  throw new Error('down');
};
/** A source whose chain is the given block hashes. */
const source = (blocks: string[], rest: Partial<ChainSource> = {}): ChainSource => ({
  tip: async () => ({ height: blocks.length - 1, hash: blocks.at(-1)! }),
  blockHash: async (height) => blocks[height]!,
  header: down,
  merkleProof: down,
  history: down,
  tx: down,
  txStatus: down,
  outspend: down,
  utxos: down,
  used: down,
  feeRates: down,
  broadcast: down,
  broadcastPackage: down,
  ...rest,
});
const chain = (n: number, fork = '') => Array.from({ length: n }, (_, i) => `b${i}${i >= n - 1 ? fork : ''}`);
const tipOf = (a: string[], b: string[]) => agreeing(source(a), source(b)).tip();

describe('two operators', () => {
  test('the tip is the highest block that both have', async () => {
    expect(await tipOf(chain(10), chain(10))).toEqual({ height: 9, hash: 'b9' });
    expect(await tipOf(chain(12), chain(10))).toEqual({ height: 9, hash: 'b9' });
    expect(await tipOf(chain(10, 'x'), chain(10, 'y'))).toEqual({ height: 8, hash: 'b8' });
    expect(await tipOf(chain(10, 'x'), chain(11))).toEqual({ height: 8, hash: 'b8' });
  });

  test('a tip that is far off, or another chain, is not used', async () => {
    await expect(tipOf(chain(20), chain(10))).rejects.toMatchObject({ code: 'CHAIN_DISAGREES' });
    await expect(
      tipOf(
        chain(10),
        chain(10).map((b) => `${b}!`),
      ),
    ).rejects.toMatchObject({ code: 'CHAIN_DISAGREES' });
  });

  test('a transaction exists, and is confirmed, only if both say so of the same block', async () => {
    const confirmed = (blockHash: string): TxStatus => ({ confirmed: true, height: 5, blockHash });
    const status = (a?: TxStatus, b?: TxStatus) =>
      agreeing(source([], { txStatus: async () => a }), source([], { txStatus: async () => b })).txStatus(
        't',
      );
    expect(await status(confirmed('h'), confirmed('h'))).toEqual(confirmed('h'));
    expect(await status(confirmed('h'), confirmed('i'))).toEqual({ confirmed: false });
    expect(await status(confirmed('h'), { confirmed: false })).toEqual({ confirmed: false });
    expect(await status(confirmed('h'), undefined)).toBe(undefined);
    const raw = new Uint8Array([1]);
    const tx = (a?: Uint8Array, b?: Uint8Array) =>
      agreeing(source([], { tx: async () => a }), source([], { tx: async () => b })).tx('t');
    expect(await tx(raw, raw)).toBe(raw);
    expect(await tx(raw, undefined)).toBe(undefined);
    expect(await tx(undefined, raw)).toBe(undefined);
  });

  test('an output is spent as soon as one says so', async () => {
    const spend = (spent: boolean) => source([], { outspend: async () => ({ spent }) });
    expect(await agreeing(spend(false), spend(true)).outspend('t', 0)).toEqual({ spent: true });
    expect(await agreeing(spend(false), spend(false)).outspend('t', 0)).toEqual({ spent: false });
  });

  test('a broadcast needs only one of them; what counts for coins needs both', async () => {
    const one = agreeing(source(chain(3), { broadcast: async () => 't' }), source(chain(3)));
    expect(await one.broadcast(new Uint8Array())).toBe('t');
    await expect(one.tx('t')).rejects.toThrow('down');
    await expect(agreeing(source([]), source([])).broadcast(new Uint8Array())).rejects.toThrow('down');
  });
});
