// A server that lies about itself, field by field: what it says either makes the wallet refuse it, or costs nothing that a
// person has not agreed to. Afterwards it is honest again, and every coin is where it was.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDevnet, type Devnet } from '../../devnet/index.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { create } from '@bufbuild/protobuf';
import { PpmExpiryFeeEntrySchema, type ArkInfo } from '../../src/server/gen/bark_server_pb.js';
import { parseArkInfo, assertSafe } from '../../src/server/ark-info.ts';
import { sats } from '../../src/units.ts';
import { checkInvariants } from './crash/world.ts';
import { devChainSource } from './support/chain-source.ts';
import { fund, newWallet, type Instance } from './support/wallets.ts';

const ALWAYS = 1_000_000;
const HUGE = 2n ** 62n;
const OTHER_KEY = nobleCurve.publicKey(new Uint8Array(32).fill(9));
const NO_POINT = fromHex(`02${'ff'.repeat(32)}`);

let devnet: Devnet;
let w: Instance;
let honest: ArkInfo;
let lies = 0;

type Lie = (info: ArkInfo) => void;

/** The description is asked for again. */
const anew = () => devnet.clock.advance(11 * 60_000);
function tell(lie: Lie): void {
  lies++;
  devnet.ark.faults.tamper<ArkInfo>('GetArkInfo', lie, ALWAYS);
  anew();
}
const facts = async () => ({
  balance: await w.wallet.balance(),
  coins: await w.wallet.coins(true),
  lines: await w.wallet.history(),
  open: await w.wallet.pending(),
});

beforeAll(async () => {
  devnet = await startDevnet({ ark: { roundSubmitMs: 1, roundSignMs: 1 } });
  w = await newWallet(devnet, { chain: devChainSource(devnet.chain) });
  await fund(devnet, w, 60_000n);
  await fund(devnet, w, 40_000n);
  // What the honest server says, as it is on the wire.
  devnet.ark.faults.tamper<ArkInfo>('GetArkInfo', (info) => void (honest = structuredClone(info)));
  anew();
  await w.wallet.sync();
});
afterEach(async () => {
  devnet.ark.faults.clear();
  anew();
  await w.settle();
  await checkInvariants({ devnet }, w);
});
afterAll(async () => {
  console.log(`a server that lies about itself: ${lies} lies`);
  await w.close();
  await devnet.stop();
});

const fees = (info: ArkInfo) => info.fees!;
const table = (...entries: [number, bigint][]) =>
  entries.map(([expiryBlocksThreshold, ppm]) =>
    create(PpmExpiryFeeEntrySchema, { expiryBlocksThreshold, ppm }),
  );
const [byThreshold, byRate] = [table([100, 1n], [50, 2n]), table([0, 9n], [50, 2n])];

const refused: [field: string, code: string, lies: Lie[]][] = [
  [
    'network',
    'WRONG_NETWORK',
    ['bitcoin', 'testnet', 'signet'].map(
      (name): Lie =>
        (i) =>
          void (i.network = name),
    ),
  ],
  [
    'network',
    'SERVER_MISBEHAVED',
    ['', 'regtest2'].map(
      (name): Lie =>
        (i) =>
          void (i.network = name),
    ),
  ],
  ['serverPubkey', 'SERVER_KEY_CHANGED', [(i) => void (i.serverPubkey = OTHER_KEY)]],
  [
    'serverPubkey',
    'SERVER_MISBEHAVED',
    [NO_POINT, new Uint8Array()].map(
      (key): Lie =>
        (i) =>
          void (i.serverPubkey = key),
    ),
  ],
  ['mailboxPubkey', 'SERVER_KEY_CHANGED', [(i) => void (i.mailboxPubkey = OTHER_KEY)]],
  [
    'mailboxPubkey',
    'SERVER_MISBEHAVED',
    [NO_POINT, new Uint8Array()].map(
      (key): Lie =>
        (i) =>
          void (i.mailboxPubkey = key),
    ),
  ],
  [
    'fees',
    'SERVER_MISBEHAVED',
    [
      (i) => void (i.fees = undefined),
      ...(['board', 'offboard', 'refresh', 'lightningReceive', 'lightningSend'] as const).map(
        (part): Lie =>
          (i) =>
            void (fees(i)[part] = undefined),
      ),
      ...(['offboard', 'refresh', 'lightningSend'] as const).flatMap((part) =>
        [byThreshold, byRate].map(
          (entries): Lie =>
            (i) =>
              void (fees(i)[part]!.ppmExpiryTable = entries),
        ),
      ),
    ],
  ],
  ['vtxoExitDelta', 'SERVER_UNSAFE', [(i) => void (i.vtxoExitDelta = 0)]],
  ['nbRoundNonces', 'SERVER_UNSAFE', [(i) => void (i.nbRoundNonces = 0)]],
  ...(
    [
      'vtxoExitDelta',
      'vtxoLifetime',
      'requiredBoardConfirmations',
      'htlcSendExpiryDelta',
      'htlcExpiryDelta',
      'maxUserInvoiceCltvDelta',
    ] as const
  ).map((field): [string, string, Lie[]] => [
    field,
    'SERVER_MISBEHAVED',
    [16_384, 65_535, 0xffff_ffff].map(
      (value): Lie =>
        (i) =>
          void (i[field] = value),
    ),
  ]),
  [
    'maxVtxoExitDepth',
    'SERVER_MISBEHAVED',
    [0x1_0000, 0xffff_ffff].map(
      (value): Lie =>
        (i) =>
          void (i.maxVtxoExitDepth = value),
    ),
  ],
];

describe('a lie that no honest server tells makes the wallet refuse the server', () => {
  for (const [field, code, all] of refused) {
    test(`${field}: ${code}`, async () => {
      for (const lie of all) {
        const before = await facts();
        tell(lie);
        await expect(w.wallet.maintain()).rejects.toMatchObject({ code });
        await expect(w.wallet.refresh({ coins: [before.coins[0]!.id] })).rejects.toMatchObject({ code });
        await expect(w.wallet.offboard({ address: await address(), coins: 'all' })).rejects.toMatchObject({
          code,
        });
        const { address: ark } = await w.wallet.newAddress();
        expect(ark).toMatch(/^tark1/);
        expect(await facts()).toEqual(before);
        devnet.ark.faults.clear();
      }
    });
  }
});

const address = () => w.wallet.onchainAddress();
const coinIds = async () => (await w.wallet.coins()).map((c) => c.id);

describe('a lie that could be true costs nothing that nobody agreed to', () => {
  /** Nothing happens by itself, and what a person orders is refused with `code`. */
  const dear: Record<string, { lie: Lie; order: () => Promise<unknown>; code: string }> = {
    'board fees': {
      lie: (i) => void (fees(i).board = { ...fees(i).board!, baseFeeSat: 90_000n }),
      order: async () => w.wallet.board(sats(50_000n)),
      code: 'INSUFFICIENT_FUNDS',
    },
    'refresh fees': {
      lie: (i) => void (fees(i).refresh = { ...fees(i).refresh!, baseFeeSat: HUGE }),
      order: async () => w.wallet.refresh({ coins: await coinIds() }),
      code: 'DUST',
    },
    'offboard fees': {
      lie: (i) => void (fees(i).offboard = { ...fees(i).offboard!, baseFeeSat: HUGE }),
      order: async () => w.wallet.offboard({ address: await address(), coins: 'all' }),
      code: 'DUST',
    },
    'offboard fees above what was agreed to': {
      lie: (i) => void (fees(i).offboard = { ...fees(i).offboard!, baseFeeSat: 5_000n }),
      order: async () =>
        w.wallet.offboard({ address: await address(), amount: sats(10_000n), maxTotal: sats(12_000n) }),
      code: 'AMOUNT_OUT_OF_RANGE',
    },
    'size of an offboard': {
      lie: (i) => void (fees(i).offboard = { ...fees(i).offboard!, fixedAdditionalVb: HUGE }),
      order: async () => w.wallet.offboard({ address: await address(), coins: 'all' }),
      code: 'AMOUNT_OUT_OF_RANGE',
    },
    'Lightning fees': {
      lie: (i) => void (fees(i).lightningSend = { ...fees(i).lightningSend!, baseFeeSat: HUGE }),
      order: () => payInvoice(),
      code: 'INSUFFICIENT_FUNDS',
    },
    'Lightning fees above what was agreed to': {
      lie: (i) => void (fees(i).lightningSend = { ...fees(i).lightningSend!, baseFeeSat: 3_000n }),
      order: () => payInvoice(sats(5_500n)),
      code: 'AMOUNT_OUT_OF_RANGE',
    },
    maxVtxoExitDepth: {
      lie: (i) => void (i.maxVtxoExitDepth = 0),
      order: () => payInvoice(),
      code: 'INSUFFICIENT_FUNDS',
    },
    maxOffboardInputs: {
      lie: (i) => void (i.maxOffboardInputs = 0),
      order: async () => w.wallet.offboard({ address: await address(), coins: 'all' }),
      code: 'INVALID_ARGUMENT',
    },
  };
  const payInvoice = async (maxTotal?: ReturnType<typeof sats>) => {
    const { bolt11 } = devnet.lightning.createInvoice({ amountMsat: 5_000_000n, expirySeconds: 1_000_000 });
    return w.wallet.pay(await w.wallet.inspect(bolt11), { ...(maxTotal !== undefined && { maxTotal }) });
  };

  for (const [name, { lie, order, code }] of Object.entries(dear)) {
    test(name, async () => {
      const before = await facts();
      tell(lie);
      await expect(order()).rejects.toMatchObject({ code });
      expect(await facts()).toEqual(before);
    });
  }

  const board: Record<string, Lie> = {
    'board fees': (i) => void (fees(i).board = { ...fees(i).board!, baseFeeSat: 20_000n }),
    'rate of the board fee': (i) => void (fees(i).board = { ...fees(i).board!, ppm: 500_000n }),
    minBoardAmount: (i) => void (i.minBoardAmount = HUGE),
    maxVtxoAmount: (i) => void (i.maxVtxoAmount = 1n),
  };
  test('what arrives is not boarded for an unfair fee, or against absurd limits', async () => {
    const { address: paid } = await w.wallet.boardAddress();
    const before = await facts();
    devnet.chain.fund(paid, 30_000n);
    devnet.chain.mine(1);
    for (const lie of Object.values(board)) {
      tell(lie);
      await w.wallet.sync();
      const { balance, open } = await facts();
      expect([balance.total, open]).toEqual([before.balance.total, []]);
      expect(balance.onchain.confirmed).toBe(before.balance.onchain.confirmed + 30_000n);
      devnet.ark.faults.clear();
    }
    anew();
    await w.settle();
    expect((await w.wallet.balance()).spendable).toBeGreaterThan(before.balance.spendable + 29_000n);
  });

  const drains: Record<string, Lie> = {
    'base fee': (i) => void (fees(i).refresh = { ...fees(i).refresh!, baseFeeSat: 30_000n }),
    rates: (i) => void (fees(i).refresh = { ...fees(i).refresh!, ppmExpiryTable: table([0, 400_000n]) }),
  };
  test('coins near their end are not renewed for an unfair fee', async () => {
    const first = Math.min(...(await w.wallet.coins()).map((c) => c.expiryHeight));
    devnet.chain.mine(first - 6 - devnet.chain.height());
    for (const lie of Object.values(drains)) {
      const before = await facts();
      tell(lie);
      await w.wallet.maintain();
      expect((await facts()).lines).toEqual(before.lines);
      const told = await w.wallet.refreshFee({ coins: before.coins.map((c) => c.id) });
      expect(told).toBeGreaterThan(before.balance.total / 20n);
      devnet.ark.faults.clear();
    }
    anew();
    await w.wallet.maintain();
    expect(await w.wallet.rounds()).toHaveLength(1);
    await devnet.ark.round();
    devnet.chain.mine(1);
  });

  test('an absurd limit of depth makes coins be renewed once at most', async () => {
    const lie: Lie = (i) => void (i.maxVtxoExitDepth = 1);
    for (let i = 0; i < 4; i++) {
      devnet.ark.faults.clear();
      tell(lie);
      await w.wallet.maintain();
      await devnet.ark.round();
      devnet.chain.mine(1);
      devnet.clock.advance(31_000);
      await w.wallet.wake();
    }
    const lines = (await w.wallet.history()).filter((l) => l.subsystem.name === 'bark.round');
    expect(lines.length).toBeLessThanOrEqual(2);
  });

  test('a link to its terms that is none is not shown, and the pace of rounds matters to nobody', async () => {
    for (const lie of [
      (i: ArkInfo) => void (i.tosLink = 'javascript:alert(1)'),
      (i: ArkInfo) => void (i.roundIntervalSecs = 0xffff_ffff),
      (i: ArkInfo) => void (i.lnReceiveAntiDosRequired = true),
      (i: ArkInfo) => void (i.offboardFeerateSatVkb = HUGE),
    ]) {
      tell(lie);
      await w.wallet.sync();
      expect((await (await w.ports.server()).info()).tosLink).toBeUndefined();
      devnet.ark.faults.clear();
    }
  });
});

test('on mainnet, settings that leave no time to renew a coin or to leave are unsafe', () => {
  const main = (change: Lie) => {
    const info = structuredClone(honest);
    info.network = 'bitcoin';
    change(info);
    lies++;
    return () => assertSafe(parseArkInfo(info, nobleCurve));
  };
  expect(main(() => undefined)).not.toThrow();
  const unsafe: Lie[] = [
    (i) => void (i.vtxoExitDelta = 95),
    (i) => void (i.nbRoundNonces = 17),
    ...[1, 15, 16, 144, 303].map(
      (value): Lie =>
        (i) =>
          void (i.vtxoLifetime = value),
    ),
    (i) => void (i.vtxoExitDelta = 4_300),
    (i) => void (i.requiredBoardConfirmations = 4_300),
  ];
  for (const lie of unsafe) expect(main(lie)).toThrow(/SERVER_UNSAFE/);
});
