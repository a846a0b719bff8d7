// `loop out`, `loop list`, `loop rescue`: Ark coins to a bitcoin address through a swap service.
import type { SwapRow } from '../../src/store/swap-row.ts';
import type { BackendName } from '../../src/swaps/backend.ts';
import { BACKENDS, serviceFor } from '../../src/swaps/services.ts';
import { parseAmount } from '../amount.ts';
import type { ParsedArgs } from '../args.ts';
import { NO_SYNC, type Command } from '../command.ts';
import { refuse } from '../refuse.ts';
import { sync, type Session } from '../session.ts';

const BACKEND = {
  name: 'backend',
  value: 'BACKEND',
  help: `Which kind of service: ${BACKENDS.join(' or ')}; loop-http if none is given`,
} as const;
const SERVICE = {
  name: 'service',
  value: 'URL',
  help: "The service's address; on regtest http://127.0.0.1:1008 if none is given",
} as const;

function service(session: Session, args: ParsedArgs) {
  const name = args.option('backend') ?? 'loop-http';
  const backend = BACKENDS.find((one): one is BackendName => one === name);
  if (!backend) throw refuse(`--backend is one of ${BACKENDS.join(', ')}`);
  return serviceFor(backend, session.network, args.option('service'));
}

const swapJson = (row: SwapRow) => ({
  payment_hash: row.hash,
  created_at: new Date(row.createdAt).toISOString(),
  backend: row.backend,
  service: row.service,
  status: row.status,
  address: row.address,
  amount_sat: row.amount,
  lockup_sat: row.lockup,
  invoice_sat: row.invoiceAmount,
  received_sat: row.received ?? null,
  lockup: row.locked ?? null,
  refund_height: row.refundHeight ?? null,
  claim_txid: row.claimTxid ?? null,
  failure: row.failure?.say ?? null,
});

/** The row once the swap is over, or has come so far that it goes on with whichever command runs next. */
async function waitFor({ db, wallet }: Session, hash: string, until: (row: SwapRow) => boolean) {
  const { promise, resolve, reject } = Promise.withResolvers<SwapRow>();
  const look = () =>
    void wallet
      .swap(hash)
      .then((row) => row && (row.open === undefined || until(row)) && resolve(row), reject);
  const stop = db.watch(['swaps'], look);
  look();
  try {
    return await promise;
  } finally {
    stop();
  }
}

export const loopOut: Command = {
  path: ['loop', 'out'],
  about: 'Move money from your VTXOs to a bitcoin address through a swap service',
  positionals: [{ name: 'AMOUNT', help: 'What is to arrive, for example `50000 sats`' }],
  options: [
    {
      name: 'address',
      value: 'ADDRESS',
      help: 'Where to; a new address of the on-chain wallet if none is given',
    },
    BACKEND,
    SERVICE,
    { name: 'max-total', value: 'AMOUNT', help: 'The most that may leave the balance' },
    { name: 'quote', help: 'Only say what it would cost' },
    { name: 'wait', help: 'Wait until the bitcoin has arrived; else until the payment is on its way' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const amount = parseAmount(args.required('AMOUNT'));
    const most = args.option('max-total');
    await sync(session, args.flag('no-sync'), output);
    const address = args.option('address') ?? (await session.wallet.onchainAddress());
    const wish = { ...service(session, args), address, amount };
    if (args.flag('quote')) {
      const q = await session.wallet.quoteSwap(wish);
      return output.json({
        ...{ backend: q.backend, service: q.service, amount_sat: q.amount, total_sat: q.total },
        ...{ service_fee_sat: q.serviceFee, claim_fee_sat: q.claimFee, lightning_fee_sat: q.lightningFee },
        ...{ minutes: q.minutes, min_sat: q.min, max_sat: q.max },
      });
    }
    const { hash } = await session.wallet.startSwap({
      ...wish,
      ...(most !== undefined && { maxTotal: parseAmount(most) }),
    });
    const waiting = args.flag('wait');
    const row = await waitFor(
      session,
      hash,
      ({ status }) => !waiting && status !== 'created' && status !== 'agreed',
    );
    if (row.failure) throw refuse(row.failure.say);
    output.json(swapJson(row));
  },
};

export const loopList: Command = {
  path: ['loop', 'list'],
  about: 'List swaps, oldest first',
  options: [{ name: 'open', help: 'Only those that are not over' }, NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const rows = await session.wallet.swaps();
    output.json(rows.filter(({ open }) => !args.flag('open') || open).map(swapJson));
  },
};

const unixSeconds = (args: ParsedArgs, name: string): number => {
  const text = args.option(name) ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(ms)) throw refuse(`--${name}: a time such as 2026-11-21T17:00:00Z, or Unix seconds`);
  return Math.floor(ms / 1000);
};

export const loopRescue: Command = {
  path: ['loop', 'rescue'],
  about: 'Find swaps again whose records were lost, by when they were made, and claim what is still locked',
  options: [
    { name: 'from', value: 'TIME', help: 'Not made before this time' },
    { name: 'to', value: 'TIME', help: 'Not made after this time' },
    {
      name: 'address',
      value: 'ADDRESS',
      help: 'Where to; a new address of the on-chain wallet if none is given',
    },
    BACKEND,
    SERVICE,
  ],
  async run(session, { args, output }) {
    const [from, to] = [unixSeconds(args, 'from'), unixSeconds(args, 'to')];
    const address = args.option('address') ?? (await session.wallet.onchainAddress());
    const rescued = await session.wallet.rescueSwaps({ ...service(session, args), from, to, address });
    for (const { hash, found } of rescued)
      if (found === 'claiming') await waitFor(session, hash, ({ claimTxid }) => claimTxid !== undefined);
    output.json(
      await Promise.all(
        rescued.map(async ({ hash, found }) => ({
          payment_hash: hash,
          found,
          claim_txid: (await session.wallet.swap(hash))?.claimTxid ?? null,
        })),
      ),
    );
  },
};
