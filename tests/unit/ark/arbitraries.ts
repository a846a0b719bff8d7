// Random VTXOs and their parts, structurally valid (signatures are noise).
import fc from 'fast-check';
import { sats } from '../../../src/units.ts';
import { MAX_BLOCK_DELTA, MAX_BLOCK_HEIGHT } from '../../../src/ark/blocks.ts';
import type { OutPoint, TxOut } from '../../../src/ark/encode.ts';
import type { GenesisItem, Transition } from '../../../src/ark/genesis.ts';
import type { HashLockVersion, UserPolicy, VtxoPolicy } from '../../../src/ark/policy.ts';
import type { Vtxo } from '../../../src/ark/vtxo.ts';
import { bytes, publicKey, secret } from '../crypto/arbitraries.ts';

const key = fc.constantFrom(...fc.sample(publicKey, { numRuns: 8, seed: 1 }));
const hash = bytes(32);
const version = fc.constantFrom<HashLockVersion>(0, 1);
const height = fc.integer({ min: 0, max: MAX_BLOCK_HEIGHT });
const delta = fc.integer({ min: 0, max: MAX_BLOCK_DELTA });
const amount = fc.bigInt({ min: 0n, max: 21n * 10n ** 14n }).map(sats);
const signature = fc.option(
  bytes(64).filter((s) => s.some((b) => b !== 0)),
  { nil: undefined },
);

export const outPoint: fc.Arbitrary<OutPoint> = fc.record({
  txid: hash,
  vout: fc.integer({ min: 0, max: 0xffff_ffff }),
});
export const txOut: fc.Arbitrary<TxOut> = fc.record({
  value: amount,
  script: fc.uint8Array({ maxLength: 100 }),
});

const htlc = { version, userPubkey: key, paymentHash: hash, htlcExpiry: height };
export const userPolicy: fc.Arbitrary<UserPolicy> = fc.oneof(
  fc.record({ type: fc.constant('pubkey' as const), userPubkey: key }),
  fc.record({ type: fc.constant('server-htlc-send' as const), ...htlc }),
  fc.record({ type: fc.constant('server-htlc-receive' as const), ...htlc, htlcExpiryDelta: delta }),
);
export const policy: fc.Arbitrary<VtxoPolicy> = fc.oneof(
  userPolicy,
  fc.record({ type: fc.constant('checkpoint' as const), userPubkey: key }),
  fc.record({ type: fc.constant('expiry' as const), internalKey: key.map((k) => k.slice(1)) }),
  fc.constant({ type: 'server-owned' as const }),
  fc.record({
    type: fc.constantFrom('hark-leaf' as const, 'hark-forfeit' as const),
    version,
    userPubkey: key,
    unlockHash: hash,
  }),
);

const transition: fc.Arbitrary<Transition> = fc.oneof(
  fc.record({
    type: fc.constant('cosigned' as const),
    pubkeys: fc.array(key, { minLength: 1, maxLength: 4 }),
    signature,
  }),
  fc.record({
    type: fc.constant('arkoor' as const),
    clientCosigners: fc.array(key, { maxLength: 3 }),
    tapTweak: secret,
    signature,
  }),
  fc.record({
    type: fc.constant('hash-locked-cosigned' as const),
    version,
    userPubkey: key,
    signature,
    unlock: fc.oneof(fc.record({ preimage: hash }), fc.record({ hash })),
  }),
);

export const genesisItem: fc.Arbitrary<GenesisItem> = fc
  .array(txOut, { maxLength: 3 })
  .chain((otherOutputs) =>
    fc.record({
      transition,
      outputIdx: fc.nat(otherOutputs.length),
      otherOutputs: fc.constant(otherOutputs),
      feeAmount: amount,
    }),
  );

export const vtxo: fc.Arbitrary<Vtxo> = fc
  .record({
    amount,
    expiryHeight: height,
    serverPubkey: key,
    exitDelta: delta,
    anchor: outPoint,
    genesis: fc.array(genesisItem, { minLength: 1, maxLength: 4 }),
    policy: userPolicy,
    point: outPoint,
  })
  .filter((v) => v.anchor.vout !== v.point.vout);
