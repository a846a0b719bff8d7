// A server that cosigns wrongly, or signs other transactions than those it was asked for. What the wallet has asked a
// cosignature for is not unlocked, and nothing is stored that does not hold.
import { describe, expect, test } from 'vitest';
import { decodeUserPolicy, encodePolicy } from '../../src/ark/policy.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import type { ArkServer } from '../../src/server/connect.ts';
import { sats } from '../../src/units.ts';
import { checkInvariants } from './crash/world.ts';
import { liar } from './support/liar.ts';

const l = liar();

type CosignCall =
  'requestLightningPayHtlcCosign' | 'requestLightningPayHtlcRevocation' | 'requestArkoorCosign';
type CosignRequest = Pick<Parameters<ArkServer['requestArkoorCosign']>[0], 'parts'>;
type Answer = Awaited<ReturnType<ArkServer[CosignCall]>>;
/** The server signs what it was asked for and then changes its answer. */
const answering = (call: CosignCall, change: (answer: Answer) => void) => (honest: ArkServer) => ({
  [call]: async (request: CosignRequest) => {
    const answer = await honest[call](request as never);
    const copy = structuredClone({ parts: answer.parts });
    change(copy as Answer);
    return copy as Answer;
  },
});
/** The server signs other transactions than those it was asked for. */
const signingOther = (change: (output: { totalAmount: bigint; policy: Uint8Array }) => void) => {
  let forged = 0;
  l.tell((honest) => ({
    requestLightningPayHtlcCosign: async (request: CosignRequest) => {
      const copy = structuredClone(request) as {
        parts: { outputs: { totalAmount: bigint; policy: Uint8Array }[] }[];
      };
      change(copy.parts[0]!.outputs[0]!);
      forged++;
      // Its own checks would refuse some of these; a dishonest server has none.
      return honest
        .requestLightningPayHtlcCosign(copy as never)
        .catch(() => ({ parts: forgedParts(request) }) as never);
    },
  }));
  return () => forged;
};
/** Signatures made of nothing. */
const forgedParts = (request: CosignRequest) =>
  (request.parts ?? []).map((part) => {
    const n = (part.userPubNonces ?? []).length;
    const nonce = () => {
      const { public: nonces } = nobleCurve.generateNonce({
        random: crypto.getRandomValues(new Uint8Array(32)),
        publicKey: nobleCurve.publicKey(new Uint8Array(32).fill(7)),
      });
      return nonces;
    };
    return {
      serverPubNonces: Array.from({ length: n }, nonce),
      serverPartialSigs: Array.from({ length: n }, () => new Uint8Array(32).fill(9)),
    };
  });

describe('cosignatures that do not hold', () => {
  const changes: [name: string, change: (answer: Answer) => void][] = [
    ['a wrong signature', ({ parts }) => (parts[0]!.serverPartialSigs[0]![3]! ^= 1)],
    ['a signature that is no number of the curve', ({ parts }) => parts[0]!.serverPartialSigs[0]!.fill(255)],
    ['a wrong nonce', ({ parts }) => parts[0]!.serverPubNonces.reverse()],
    ['a nonce that is no point', ({ parts }) => parts[0]!.serverPubNonces[0]!.fill(1)],
    ['a signature missing', ({ parts }) => void parts[0]!.serverPartialSigs.pop()],
    ['a signature too many', ({ parts }) => void parts[0]!.serverPartialSigs.push(new Uint8Array(32))],
    ['no parts', ({ parts }) => void parts.splice(0)],
    ['a part too many', ({ parts }) => void parts.push(structuredClone(parts[0]!))],
  ];
  test.each(changes)('of a payment: %s', async (_name, change) => {
    const made = l.invoice();
    l.tell(answering('requestLightningPayHtlcCosign', change));
    const id = await l.pay(made);
    await l.work();
    expect(await l.lastError()).toMatch(/SERVER_MISBEHAVED|INVALID_/);
    expect(new Set(await l.inputStates())).toEqual(new Set(['locked']));
    expect(l.seen(made)?.state).toBe('open');
    await l.ends(id, made, 'paid');
  });

  test.each(changes)('of a revocation: %s', async (_name, change) => {
    const made = l.invoice();
    l.devnet.lightning.cancel(made.paymentHash);
    l.tell(answering('requestLightningPayHtlcRevocation', change));
    const id = await l.pay(made);
    await l.work();
    expect(await l.lastError()).toMatch(/SERVER_MISBEHAVED|INVALID_/);
    expect((await l.w.wallet.balance()).spendable).toBeLessThan(l.before - 5_000n);
    await l.ends(id, made, 'failed');
  });

  test.each(changes)('of a transfer: %s', async (_name, change) => {
    const { address } = await l.w.wallet.newAddress();
    l.tell(answering('requestArkoorCosign', change));
    await l.w.wallet.pay(await l.w.wallet.inspect(address), { amount: sats(1_000n) });
    await l.work();
    expect(await l.lastError()).toMatch(/SERVER_MISBEHAVED|INVALID_/);
    expect(new Set(await l.inputStates())).toEqual(new Set(['locked']));
    l.honest();
    await l.w.settle();
    await l.w.wallet.sync();
    expect((await l.w.wallet.balance()).spendable).toBe(l.before);
    await checkInvariants(l, l.w);
  });
});

describe('an HTLC that is not the one asked for', () => {
  const htlcOf = (policy: Uint8Array) => {
    const htlc = decodeUserPolicy(nobleCurve, policy);
    if (htlc.type !== 'server-htlc-send') throw new Error(htlc.type);
    return htlc;
  };
  test.each<[string, (output: { totalAmount: bigint; policy: Uint8Array }) => void]>([
    ['a larger amount', (o) => (o.totalAmount += 1_000n)],
    ['a smaller amount', (o) => (o.totalAmount -= 1_000n)],
    [
      'another payment hash',
      (o) => (o.policy = encodePolicy({ ...htlcOf(o.policy), paymentHash: new Uint8Array(32).fill(3) })),
    ],
    ['a later end', (o) => (o.policy = encodePolicy({ ...htlcOf(o.policy), htlcExpiry: 1_000_000 }))],
    [
      'another owner',
      (o) =>
        (o.policy = encodePolicy({
          ...htlcOf(o.policy),
          userPubkey: nobleCurve.publicKey(new Uint8Array(32).fill(5)),
        })),
    ],
    [
      'no HTLC at all',
      (o) => (o.policy = encodePolicy({ type: 'pubkey', userPubkey: htlcOf(o.policy).userPubkey })),
    ],
  ])('%s', async (_name, change) => {
    const made = l.invoice();
    const forged = signingOther(change);
    const id = await l.pay(made);
    await l.work();
    expect(forged()).toBeGreaterThan(0);
    expect(await l.lastError()).toMatch(/SERVER_MISBEHAVED|INVALID_/);
    expect(new Set(await l.inputStates())).toEqual(new Set(['locked']));
    expect(l.seen(made)?.state).toBe('open');
    // The server may have signed the other one for good: then this one can't be had, and the wallet goes on asking.
    l.honest();
    await l.work();
    const [open] = await l.w.wallet.pending();
    if (open) expect(new Set(await l.inputStates())).toEqual(new Set(['locked']));
    else await l.ends(id, made, l.seen(made)?.state === 'settled' ? 'paid' : 'failed');
  });
});
