// Leaving alone: fees of packages, children that pay them, and claims by each clause.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildClaim,
  claimableAt,
  claimInput,
  claimSighash,
  claimWeight,
  claimWitnessSize,
  signClaim,
  type ClaimInput,
} from '../../../src/ark/claim.ts';
import { CPFP_CHILD_WEIGHT, cpfpChild, exitChain, packageFee } from '../../../src/ark/exit.ts';
import type { UserPolicy } from '../../../src/ark/policy.ts';
import { p2trScript } from '../../../src/ark/script.ts';
import { leafVtxo } from '../../../src/ark/signed-tree.ts';
import { txWeight, type Tx } from '../../../src/ark/tx.ts';
import type { Vtxo } from '../../../src/ark/vtxo.ts';
import { equalBytes } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { SkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import { userPolicy } from './arbitraries.ts';
import { pair, participants, playRound, preimage, randomness, server } from './round-world.ts';

const { tree, signatures } = playRound(participants(5));
const coin = leafVtxo(tree, signatures, 4);
const me = pair('user 4');
const script = p2trScript(me.public.slice(1));

const code = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (e) {
    if (!(e instanceof SkiffError)) throw e;
    return e.code;
  }
};

describe('the transactions of an exit', () => {
  test('each spends the one before, the last pays the coin, and each says whether it can be broadcast', () => {
    const chain = exitChain(curve, coin);
    expect(chain.map((step) => step.signed)).toEqual([...chain.slice(1).map(() => true), false]);
    chain.slice(1).forEach((step, i) => {
      const before = chain[i] as (typeof chain)[number];
      expect(step.tx.inputs[0]?.prevout).toEqual({ txid: before.txid, vout: before.outputIdx });
    });
    expect({ txid: chain.at(-1)?.txid, vout: chain.at(-1)?.outputIdx }).toEqual(coin.point);
    for (const { tx, anchor, txid } of chain)
      expect(anchor).toEqual({ point: { txid, vout: tx.outputs.length - 1 }, value: 0n });
  });

  test('a usual child weighs what estimates say', () => {
    const [parent] = exitChain(curve, coin) as [ReturnType<typeof exitChain>[number]];
    const child = cpfpChild(parent, [{ txid: parent.txid, vout: 9 }], { value: sats(1000), script });
    expect(child).toMatchObject({ version: 3, lockTime: 0 });
    expect(child.inputs[0]?.prevout).toEqual(parent.anchor.point);
    const signed: Tx = {
      ...child,
      inputs: child.inputs.map((input, i) => (i === 1 ? { ...input, witness: [new Uint8Array(64)] } : input)),
    };
    expect(txWeight(signed)).toBe(CPFP_CHILD_WEIGHT);
    expect(code(() => cpfpChild(parent, [], { value: sats(1000), script }))).toBe('INVALID_ARGUMENT');
  });

  test('a package pays its rate rounded up, a replacement the old fee and relay on top', () => {
    expect(packageFee(250n, 500, 609)).toBe(278n);
    expect(packageFee(0n, 500, 609)).toBe(0n);
    expect(packageFee(250n, 500, 609, sats(278))).toBe(278n + 125n + 153n);
    expect(packageFee(25_000n, 500, 609, sats(278))).toBe(27_725n);
    const weight = fc.integer({ min: 1, max: 400_000 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 7n }),
        weight,
        weight,
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        (rate, parent, child, old) => {
          const fee = packageFee(rate, parent, child);
          const total = BigInt(parent + child);
          expect(fee * 1000n >= rate * total && (fee - 1n) * 1000n < rate * total).toBe(true);
          const replacing = packageFee(rate, parent, child, sats(old));
          expect(replacing >= fee && replacing >= old + total / 4n).toBe(true);
        },
      ),
    );
  });
});

const hash = sha256(preimage);
const htlc = { version: 1, userPubkey: me.public, paymentHash: hash, htlcExpiry: 250_000 } as const;
const policies: Record<string, UserPolicy> = {
  pubkey: { type: 'pubkey', userPubkey: me.public },
  send: { type: 'server-htlc-send', ...htlc },
  receive: { type: 'server-htlc-receive', ...htlc, htlcExpiryDelta: 40 },
};
const held = (policy: UserPolicy, amount = 5000): Vtxo => ({ ...coin, policy, amount: sats(amount) });
const known = {
  owns: (key: Uint8Array) => equalBytes(key, me.public),
  preimage: (h: Uint8Array) => (equalBytes(h, hash) ? preimage : undefined),
};
const inputFor = (name: string): ClaimInput =>
  claimInput(curve, held(policies[name] as UserPolicy), known) as ClaimInput;

describe('a claim', () => {
  const TIP = 260_000;

  test('takes the clause that is ours, with its preimage where it needs one', () => {
    expect(inputFor('pubkey').clause).toMatchObject({ kind: 'delayed-sign', delta: 144 });
    expect(inputFor('send').clause).toMatchObject({ kind: 'delayed-timelock-sign', delta: 288 });
    expect(inputFor('receive').clause).toMatchObject({ kind: 'hash-delay-sign', delta: 184 });
    const blind = { ...known, preimage: () => undefined };
    expect(claimInput(curve, held(policies.receive as UserPolicy), blind)).toBeUndefined();
    expect(
      claimInput(curve, held(policies.pubkey as UserPolicy), { ...known, owns: () => false }),
    ).toBeUndefined();
  });

  test('can go out when delay and height have passed, not a block before', () => {
    expect(claimableAt(inputFor('pubkey'), 1000)).toBe(1143);
    expect(claimableAt(inputFor('send'), 1000)).toBe(250_000);
    expect(claimableAt(inputFor('send'), 249_900)).toBe(250_187);
    const early = () => buildClaim([inputFor('send')], script, 249_999, sats(100));
    expect(code(early)).toBe('INVALID_ARGUMENT');
  });

  test('of several coins at once is signed clause by clause and weighs what was said before', () => {
    const inputs = ['pubkey', 'send', 'receive'].map(inputFor);
    const weight = claimWeight(inputs, script);
    const tx = buildClaim(inputs, script, TIP, sats(700));
    expect(tx).toMatchObject({ version: 2, lockTime: TIP, outputs: [{ value: 15_000n - 700n, script }] });
    expect(tx.inputs.map((input) => input.sequence)).toEqual([144, 288, 184]);
    const signed = signClaim(curve, tx, inputs, () => me.secret, randomness('claim'));
    expect(txWeight(signed)).toBe(weight);
    signed.inputs.forEach((input, i) => {
      const [signature] = input.witness as [Uint8Array];
      const digest = claimSighash(tx, inputs, i);
      expect(curve.schnorrVerify(signature, digest, me.public.slice(1))).toBe(true);
      const size = (input.witness ?? []).reduce((sum, item) => sum + 1 + item.length, 1);
      expect(claimWitnessSize(inputs[i] as ClaimInput)).toBe(size);
    });
    expect(code(() => signClaim(curve, tx, inputs, () => server.secret, randomness('x')))).toBe('INTERNAL');
  });

  test('of too little, to nowhere or of nothing is refused', () => {
    const build = (fee: number, to = script, inputs = [inputFor('pubkey')]) =>
      code(() => buildClaim(inputs, to, TIP, sats(fee)));
    expect(build(4670)).toBe('accepted');
    expect(build(4671)).toBe('DUST');
    expect(build(5001)).toBe('DUST');
    expect(build(10, new Uint8Array([0x51]))).toBe('INVALID_ADDRESS');
    expect(build(10, script, [])).toBe('INVALID_ARGUMENT');
  });

  test('weighs what it weighs for any coin', () => {
    fc.assert(
      fc.property(userPolicy, fc.nat(400), (policy, delta) => {
        const all = { owns: () => true, preimage: () => preimage };
        const input = claimInput(curve, { ...held(policy), exitDelta: delta }, all) as ClaimInput;
        const tx = buildClaim([input], script, 499_934_467, sats(0));
        const witness = claimWitnessSize(input);
        expect(claimWeight([input], script)).toBe(txWeight(tx) + 2 + witness);
      }),
      { numRuns: 40 },
    );
  });
});
