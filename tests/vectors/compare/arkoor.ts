// Arkoor packages: allocation, isolation, every transaction, signatures re-created from the given nonces, attestations,
// resulting coins, refusals on both sides.
import { arkoorCosignPreimage, attest } from '../../../src/ark/attestation.ts';
import { allocateOutputs, type ArkoorOutput } from '../../../src/ark/arkoor-allocation.ts';
import { buildArkoorPackage } from '../../../src/ark/arkoor-package.ts';
import {
  buildArkoorPart,
  partVtxos,
  vtxoAt,
  type ArkoorPart,
  type ArkoorTx,
} from '../../../src/ark/arkoor-part.ts';
import { finishArkoor } from '../../../src/ark/arkoor.ts';
import { checkPartAmounts, isolateDust } from '../../../src/ark/dust-isolation.ts';
import { decodeUserPolicy, encodePolicy } from '../../../src/ark/policy.ts';
import { serializeTx } from '../../../src/ark/tx.ts';
import { isStandard } from '../../../src/ark/validate.ts';
import { txidText, vtxoIdBytes, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import { decodeVtxo, encodeVtxo, vtxoId, type Vtxo } from '../../../src/ark/vtxo.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../../src/crypto/noble-musig.ts';
import { isSkiffError } from '../../../src/errors.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';
import { checkSigning, type Key, type Signing } from '../signing.ts';
import { fullVtxoView } from '../views.ts';

interface Output {
  amount: number;
  policy: string;
}
interface Transaction extends Signing {
  role: string;
  unsigned: { txid: string; hex: string };
  prevout: { value: number; script: string };
  tap_tweak: string;
  sighash: string;
}
interface Part {
  input_id: string;
  user_key: Key;
  use_checkpoint: boolean;
  outputs: Output[];
  isolated_outputs: Output[];
  attestation: { digest: string; aux_rand: string; signature: string };
  transactions: Transaction[];
  output_vtxos: (Record<string, unknown> & { hex: string })[];
  internal_vtxos: { id: string; amount: number; spent_by: string; hex: string | null }[];
}
interface Package {
  note: string;
  server_key: Key;
  use_checkpoint: boolean;
  explicit_isolation: boolean;
  inputs: { id: string; amount: number; hex: string }[];
  requested_outputs: Output[];
  requested_isolated: Output[] | null;
  spend_info: { vtxo_id: string; spent_by: string }[];
  parts: Part[];
}
interface Data {
  packages: Package[];
  construction_errors: {
    input_amount: number;
    outputs: string[];
    isolated: number[];
    error: string | null;
  }[];
  package_errors: { input_amounts: number[]; outputs: string[]; error: string | null }[];
  allocation: { inputs: number[]; outputs: number[]; result: { parts: unknown[] } }[];
  server_response_checks: { what: string; server_pub_nonces: string[][]; error: string | null }[];
}

const ROLES: Record<string, string> = { isolation_fanout: 'isolation-fanout' };

const output = (o: Output): ArkoorOutput => ({
  amount: sats(o.amount),
  policy: decodeUserPolicy(curve, fromHex(o.policy)),
});
const outputView = (o: ArkoorOutput) => ({ amount: o.amount, policy: encodePolicy(o.policy) });
/** Outputs of these amounts; which policy they have does not matter for the amount rules. */
const valued = (amounts: (number | string)[]) =>
  amounts.map((a, i) => ({
    amount: sats(BigInt(a)),
    policy: { type: 'pubkey', userPubkey: new Uint8Array(33) } as const,
    output: i,
  }));

function refusal(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (e) {
    if (!isSkiffError(e)) throw e;
    return e.details.reason ?? e.code;
  }
}
const reasonOf = (error: string | null) => (error === null ? null : error.split(' ')[0]);

function comparePart(part: ArkoorPart, p: Part, server: Key, check: Check, label: string): void {
  check(vtxoIdText(part.input.point), p.input_id, `${label} input`);
  check(curve.publicKey(fromHex(p.user_key.secret)), p.user_key.public, `${label} key`);
  check(part.useCheckpoint, p.use_checkpoint, `${label} checkpoint`);
  check(part.outputs.map(outputView), p.outputs, `${label} outputs`);
  check(part.isolated.map(outputView), p.isolated_outputs, `${label} isolated`);
  const attested = [...part.outputs, ...part.isolated];
  const preimage = arkoorCosignPreimage(vtxoIdBytes(part.input.point), attested);
  check(sha256(preimage), p.attestation.digest, `${label} attestation digest`);
  const proof = attest(curve, preimage, fromHex(p.user_key.secret), fromHex(p.attestation.aux_rand));
  check(proof, p.attestation.signature, `${label} attestation`);
  check(part.transactions.length, p.transactions.length, `${label} number of signatures`);
  const aggregate = curve.aggregateKeys([part.input.policy.userPubkey, part.input.serverPubkey]);
  const signatures = part.transactions.map((tx, i) => {
    const t = p.transactions[i] as Transaction;
    const at = `${label} tx ${i}`;
    check(tx.role, ROLES[t.role] ?? t.role, `${at} role`);
    check(txidText(tx.txid), t.unsigned.txid, `${at} txid`);
    check(serializeTx(tx.tx), t.unsigned.hex, `${at} bytes`);
    check(tx.spent, t.prevout, `${at} spent`);
    check(tx.tweak, t.tap_tweak, `${at} tweak`);
    check(tx.sighash, t.sighash, `${at} sighash`);
    const signer = curve.tweakXOnly(aggregate.xonly, tx.tweak).xonly;
    const about = {
      sighash: tx.sighash,
      tweak: tx.tweak,
      signer,
      sighashHex: t.sighash,
      signerHex: toHex(signer),
    };
    return checkSigning(t, { user: p.user_key, server }, about, check, at);
  });
  const made = partVtxos(part, signatures);
  check(made.length, p.output_vtxos.length, `${label} number of coins`);
  made.forEach((vtxo, i) => {
    const expected = p.output_vtxos[i] as Part['output_vtxos'][number];
    const view =
      'exit_depth' in expected
        ? fullVtxoView(vtxo)
        : {
            id: vtxoId(vtxo),
            amount: vtxo.amount,
            policy: encodePolicy(vtxo.policy),
            hex: encodeVtxo(vtxo, 'full'),
            is_standard: isStandard(curve, vtxo),
          };
    const { bare_hex, genesis_hex, ancestor_ids, exit_txs, ...rest } = view as Record<string, unknown>;
    const more = { bare_hex, genesis_hex, ancestor_ids, exit_txs };
    const wanted = Object.fromEntries(Object.entries(more).filter(([key]) => key in expected));
    check({ ...rest, ...wanted }, expected, `${label} coin ${i}`);
  });
  const passing = passingVtxos(part, signatures);
  check(passing.length, p.internal_vtxos.length, `${label} number of passing outputs`);
  passing.forEach(({ vtxo, spentBy }, i) => {
    const expected = p.internal_vtxos[i] as Part['internal_vtxos'][number];
    const hex = expected.hex === null ? null : toHex(encodeVtxo(vtxo, 'full'));
    const view = { id: vtxoId(vtxo), amount: vtxo.amount, spent_by: txidText(spentBy), hex };
    check(view, expected, `${label} passing ${i}`);
  });
}

/** The outputs between input and coins, which only the server keeps: each with the transaction that spends it. */
function passingVtxos(part: ArkoorPart, signatures?: readonly Uint8Array[]) {
  const policy = { type: 'checkpoint', userPubkey: part.input.policy.userPubkey } as const;
  return part.transactions.slice(1).map(({ tx, txid: spentBy, spent }) => {
    const vout = tx.inputs[0]?.prevout.vout ?? 0;
    const amount = spent.value;
    return { vtxo: vtxoAt(part, [{ transaction: 0, vout }], { amount, policy }, signatures), spentBy };
  });
}

const spendInfo = (part: ArkoorPart) => {
  const first = part.transactions[0] as ArkoorTx;
  return [
    { vtxo_id: vtxoIdText(part.input.point), spent_by: txidText(first.txid) },
    ...passingVtxos(part).map((p) => ({ vtxo_id: vtxoId(p.vtxo), spent_by: txidText(p.spentBy) })),
  ];
};

function comparePackage(p: Package, check: Check, label: string): void {
  check(curve.publicKey(fromHex(p.server_key.secret)), p.server_key.public, `${label} server key`);
  const inputs = p.inputs.map(({ hex, id, amount }): Vtxo => {
    const vtxo = decodeVtxo(curve, fromHex(hex), 'full');
    check(vtxoId(vtxo), id, `${label} input id`);
    check(vtxo.amount, amount, `${label} input amount`);
    return vtxo;
  });
  const outputs = p.requested_outputs.map(output);
  const parts = p.explicit_isolation
    ? [
        buildArkoorPart(
          curve,
          inputs[0] as Vtxo,
          { outputs, isolated: (p.requested_isolated ?? []).map(output) },
          p.use_checkpoint,
        ),
      ]
    : buildArkoorPackage(curve, { inputs, outputs, useCheckpoint: p.use_checkpoint }).parts;
  check(p.explicit_isolation, p.requested_isolated !== null, `${label} isolation given`);
  check(parts.length, p.parts.length, `${label} parts`);
  check(parts.flatMap(spendInfo), p.spend_info, `${label} spend info`);
  parts.forEach((part, i) =>
    comparePart(part, p.parts[i] as Part, p.server_key, check, `${label} part ${i}`),
  );
}

/** Which of the honest nonces stand where. */
const pattern = (parts: string[][], honest: string[]) =>
  parts.map((nonces) => nonces.map((n) => honest.indexOf(n)));

/**
 * The file has the nonces of these answers but not the signatures that went with them: the same tampering is done to the
 * answer of a package of the same shape, and the positions of its nonces are compared with the file's.
 */
function answerChecks(data: Data, check: Check): void {
  const recorded = data.server_response_checks[0]?.server_pub_nonces[0] ?? [];
  const p = data.packages.find(
    (x) => x.parts.length === 1 && x.parts[0]?.transactions.length === recorded.length,
  ) as Package;
  for (const c of data.server_response_checks) {
    const q = p.parts[0] as Part;
    const input = decodeVtxo(curve, fromHex(p.inputs[0]?.hex ?? ''), 'full');
    const arkoor = buildArkoorPackage(curve, {
      inputs: [input],
      outputs: p.requested_outputs.map(output),
      useCheckpoint: p.use_checkpoint,
    });
    const nonces = [
      q.transactions.map((t) => ({
        secret: secretNonceForTests(fromHex(t.user_nonce.secnonce_bip327)),
        public: fromHex(t.user_nonce.pubnonce),
      })),
    ];
    const serverPubNonces = q.transactions.map((t) => fromHex(t.server_nonce.pubnonce));
    const serverPartialSigs = q.transactions.map((t) => fromHex(t.server_partial_sig));
    const answer = { serverPubNonces, serverPartialSigs };
    const first = serverPartialSigs[0] as Uint8Array;
    const second = serverPartialSigs[1] as Uint8Array;
    const answers: Record<string, (typeof answer)[]> = {
      none: [answer],
      'partial sig 1 corrupted': [
        {
          ...answer,
          serverPartialSigs: serverPartialSigs.with(1, second.with(31, (second[31] as number) ^ 1)),
        },
      ],
      'nonce 0 replaced': [
        { ...answer, serverPubNonces: serverPubNonces.with(0, serverPubNonces[1] as Uint8Array) },
      ],
      'missing nonce': [{ ...answer, serverPubNonces: serverPubNonces.slice(0, -1) }],
      'missing partial sig': [{ ...answer, serverPartialSigs: serverPartialSigs.slice(0, -1) }],
      'partial sigs swapped': [
        { ...answer, serverPartialSigs: serverPartialSigs.with(0, second).with(1, first) },
      ],
      'wrong number of parts': [],
    };
    const given = answers[c.what];
    if (!given) throw new Error(`no answer for ${c.what}`);
    const made = pattern(
      given.map((a) => a.serverPubNonces.map(toHex)),
      serverPubNonces.map(toHex),
    );
    check(made, pattern(c.server_pub_nonces, recorded), `${c.what}: nonces`);
    const result = describeRefusal(() =>
      finishArkoor(curve, arkoor, { parts: [], nonces }, given, [fromHex(q.user_key.secret)]),
    );
    check(result, c.error, `server answers with: ${c.what}`);
  }
}

/** Our refusal in ark-lib's words. */
function describeRefusal(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (e) {
    if (!isSkiffError(e, 'SERVER_MISBEHAVED')) throw e;
    const { reason, index, expected, got } = e.details;
    const counted = `{ expected: ${expected}, got: ${got} }`;
    return reason === 'InvalidPartialSignature' ? `${reason} { index: ${index} }` : `${reason} ${counted}`;
  }
}

export function compare(data: Data, check: Check): void {
  for (const [i, p] of data.packages.entries()) comparePackage(p, check, `${i} ${p.note}`);
  for (const [i, e] of data.construction_errors.entries()) {
    const run = () => checkPartAmounts(sats(e.input_amount), valued(e.outputs), valued(e.isolated));
    check(refusal(run), reasonOf(e.error), `construction ${i}`);
  }
  for (const [i, e] of data.package_errors.entries()) {
    const run = () =>
      allocateOutputs(
        e.input_amounts.map((a) => sats(a)),
        valued(e.outputs),
      );
    check(refusal(run), reasonOf(e.error), `package ${i}`);
  }
  for (const [i, a] of data.allocation.entries()) {
    const dealt = allocateOutputs(
      a.inputs.map((v) => sats(v)),
      valued(a.outputs),
    );
    const amounts = (o: { output: number; amount: bigint }) => ({ output: o.output, amount: o.amount });
    const parts = dealt
      .map((d) => isolateDust(d))
      .map((part) => ({
        outputs: part.outputs.map(amounts),
        isolated: part.isolated.map(amounts),
      }));
    check(parts, a.result.parts, `allocation ${i}`);
  }
  answerChecks(data, check);
}
