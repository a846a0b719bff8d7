// The loop-out service: takes a Lightning payment that it holds, locks bitcoin for whoever shows the preimage, and settles
// with that preimage. Usable as a library over any node that holds invoices and any chain source; the devnet runs one.
// Everything it knows is in its records (store.ts); one thing happens at a time.
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { hmacSha256 } from '../../src/crypto/hash.ts';
import { keyHashOf } from '../../src/swaps/htlc.ts';
import { boltzAmounts } from './boltz-terms.ts';
import { driveSwap, type Drive } from './drive.ts';
import { createPurse, type Purse } from './purse.ts';
import {
  defaultSwapConfig,
  SwapRefused,
  type BoltzRequest,
  type LoopRequest,
  type SwapConfig,
  type SwapLie,
  type SwapPorts,
  type SwapRecord,
} from './types.ts';

const MINUTE = 60_000;
/** More steps of one swap in a row than any way through it has. */
const MOST_STEPS = 8;

export interface SwapService {
  readonly config: SwapConfig;
  readonly ports: SwapPorts;
  readonly purse: Purse;
  /** The swap of this request: a new one, or the one that was made from the same request. @throws SwapRefused */
  create(request: LoopRequest | BoltzRequest): Promise<SwapRecord>;
  /** By payment hash (hex) or id. */
  find(name: string): SwapRecord | undefined;
  records(): SwapRecord[];
  /** Looks at every open swap once more: after a start, a block, a payment. */
  tick(): Promise<void>;
  /** Takes the payment of a lock-up that is out, with a preimage that the client gave. @throws SwapRefused */
  reveal(record: SwapRecord, preimage: Uint8Array): Promise<SwapRecord>;
  /** Resolves when nothing is going on. */
  idle(): Promise<void>;
  /** What goes wrong on purpose from now on; nothing when left out. */
  setLie(lie?: SwapLie): void;
  lie(): SwapLie | undefined;
  /** Called when a swap has changed. */
  onChange(listener: (record: SwapRecord) => void): () => void;
  stop(): Promise<void>;
}

const bad = (message: string, status = 400) => new SwapRefused(status, message);

/** Same request? Field by field, in whatever order. */
const sameRequest = (a: object, b: object): boolean => {
  const text = (o: object) => JSON.stringify(Object.entries(o).sort(([x], [y]) => (x < y ? -1 : 1)));
  return text(a) === text(b);
};

export function createSwapService(ports: SwapPorts, settings: Partial<SwapConfig> = {}): SwapService {
  const config = { ...defaultSwapConfig, ...settings };
  const purse = createPurse(ports);
  const listeners = new Set<(record: SwapRecord) => void>();
  const recent: number[] = [];
  let lie: SwapLie | undefined;
  let stopped = false;
  const drive: Drive = { ports, config, purse, lie: () => lie };

  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other. A failure is the caller's, not the next one's. */
  const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
    const mine = turn.then(body);
    turn = mine.catch(() => undefined);
    return mine;
  };

  const records = () => ports.store.all();
  const find = (name: string) => records().find((r) => r.hash === name || r.id === name);

  async function moveOn(record: SwapRecord): Promise<void> {
    const before = JSON.stringify(record);
    for (let i = 0; i < MOST_STEPS && !stopped; i++) if (!(await driveSwap(drive, record, records()))) break;
    if (JSON.stringify(record) !== before) for (const listener of listeners) listener(record);
  }

  const tick = () =>
    inTurn(async () => {
      for (const record of records()) {
        if (record.closed || stopped) continue;
        try {
          if (record.state === 'Pending') await open(record);
          await moveOn(record);
        } catch (error) {
          // The next block or payment looks again; nothing that was saved is undone.
          ports.log('a swap could not be moved on', { hash: record.hash, reason: String(error) });
        }
      }
    });

  const poke = () => void tick().catch(() => undefined);

  /** Issues the invoice of a pending record, or finds the one that was issued before the record could be saved again. */
  async function open(record: SwapRecord): Promise<void> {
    const { bolt11 } =
      ports.node.hold(record.hash) ??
      ports.node.holdInvoice({
        node: 'swaps',
        paymentHash: fromHex(lie === 'wrong-hash' ? toHex(fromHex(record.hash).reverse()) : record.hash),
        amountMsat: BigInt(record.invoiceSats + (lie === 'dear-invoice' ? 5_000 : 0)) * 1000n,
        memo: 'swap to a bitcoin address',
        expirySeconds: config.invoiceSecs,
        minFinalCltv: config.confirmWait + config.margin + delayOf(record) + 1,
        arrived: poke,
        tip: ports.node.tip,
      });
    ports.store.save(Object.assign(record, { state: 'AwaitingIncomingHtlcAccepted', invoice: bolt11 }));
  }

  const delayOf = (record: SwapRecord) =>
    record.request.kind === 'loop' ? config.loopDelay : config.boltzDelay;

  function assertRoom(): void {
    const now = ports.now();
    while (recent.length > 0 && recent[0]! <= now - MINUTE) recent.shift();
    if (recent.length >= config.maxPerMinute) throw bad('too many requests, try again in a minute', 429);
    const waiting = records().filter((r) => r.state === 'AwaitingIncomingHtlcAccepted').length;
    if (waiting >= config.maxWaiting) throw bad('too many swaps wait for their payment', 429);
    recent.push(now);
  }

  function amountsOf(request: LoopRequest | BoltzRequest): { invoiceSats: number; lockupSats: number } {
    if (request.kind === 'boltz') return boltzAmounts(config, request);
    const { loopOutSats } = request;
    return { lockupSats: loopOutSats, invoiceSats: loopOutSats + config.loopFee };
  }

  function assertLimits(request: LoopRequest | BoltzRequest, lockupSats: number): void {
    const most =
      request.kind === 'loop' && !request.sized
        ? Math.min(config.maxSats, config.maxUnsizedSats)
        : config.maxSats;
    if (lockupSats < config.minSats || lockupSats > most)
      throw bad(`amount is out of range: ${config.minSats} to ${most} sat`);
  }

  const create = (request: LoopRequest | BoltzRequest) =>
    inTurn(async () => {
      const there = find(request.hash);
      if (there) {
        if (!sameRequest(there.request, request)) throw bad('another swap has this hash', 409);
        if (there.state === 'Pending') await open(there);
        return there;
      }
      if (request.kind === 'loop') keyHashOf(request.htlcClaimAddress, config.network);
      else if (!ports.curve.isPoint(fromHex(request.claimPublicKey))) throw bad('claimPublicKey is no key');
      if (ports.node.hold(request.hash)) throw bad('this hash is taken', 409);
      const amounts = amountsOf(request);
      assertLimits(request, amounts.lockupSats);
      assertRoom();
      await purse.assertFunds(records(), BigInt(amounts.lockupSats));
      const { height } = await ports.chain.tip();
      const id = toHex(hmacSha256(ports.seed, new TextEncoder().encode('id'), fromHex(request.hash))).slice(
        0,
        12,
      );
      const near = lie === 'near-timeout' ? 3 : config.boltzDelay;
      const record: SwapRecord = {
        hash: request.hash,
        id,
        state: 'Pending',
        request,
        key: records().length,
        ...amounts,
        createdAt: ports.now(),
        invoiceExpiresAt: ports.now() + config.invoiceSecs * 1000,
        timeout: request.kind === 'loop' ? config.loopDelay : height + near,
      };
      ports.store.save(record);
      await open(record);
      return record;
    });

  const reveal = (asked: SwapRecord, preimage: Uint8Array) =>
    inTurn(async () => {
      const record = find(asked.hash);
      if (!record?.lockup || !['AwaitingOutgoingHtlcSettlement', 'Complete'].includes(record.state))
        throw bad('this swap cannot be claimed together now');
      if (!(await ports.chain.txStatus(record.lockup.txid))) throw bad('the lock-up is not out yet');
      if (record.preimage === undefined)
        ports.store.save(Object.assign(record, { preimage: toHex(preimage) }));
      await moveOn(record);
      return record;
    });

  return {
    config,
    ports,
    purse,
    create,
    find,
    records,
    tick,
    reveal,
    idle: () => turn.then(() => undefined),
    setLie: (next) => void (lie = next),
    lie: () => lie,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      await turn;
    },
  };
}
