// Forfeits: transaction, both halves of the signature, bundle, the server's record; what a bundle is refused for.
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { secretNonceForTests } from '../../../src/crypto/noble-musig.ts';
import { keyOnlyScript } from '../../../src/ark/connectors.ts';
import {
  buildForfeit,
  connectorForfeitTx,
  decodeForfeitBundle,
  encodeForfeitBundle,
  finishForfeit,
  forfeitOutput,
  forfeitProblem,
  signForfeit,
  type Forfeit,
} from '../../../src/ark/forfeit.ts';
import { policyTxOut } from '../../../src/ark/policy-taproot.ts';
import type { VtxoPolicy } from '../../../src/ark/policy.ts';
import { VTXO_DUST } from '../../../src/ark/script.ts';
import { taprootSighash } from '../../../src/ark/tx.ts';
import { parseVtxoId, vtxoIdText } from '../../../src/ark/vtxo-id.ts';
import { encodeVtxo, vtxoId, vtxoTxOut, type Vtxo } from '../../../src/ark/vtxo.ts';
import { sats } from '../../../src/units.ts';
import type { Check } from '../check.ts';
import { checkSigning, drawsOf, type Key, type Signing } from '../signing.ts';
import { fullVtxo, policyView, txOutView, txView } from '../views.ts';

interface Data {
  hark: (Signing & {
    input_kind: string;
    vtxo: string;
    vtxo_id: string;
    user_key: Key;
    server_key: Key;
    unlock_preimage: string;
    unlock_hash: string;
    forfeit_tx: object;
    prevout: object;
    tap_tweak: string;
    sighash: string;
    signed_forfeit_tx: object;
    bundle: string;
    forfeit_vtxo: object;
    bundle_checks: {
      note: string;
      hex: string;
      decodes: boolean;
      decode_error: string | null;
      verify_error: string | null;
    }[];
  })[];
  connector: {
    vtxo: string;
    connector: string;
    connector_pubkey: string;
    tx: object;
    sighash_vtxo_input: string;
    sighash_connector_input: string;
  }[];
}

const PROBLEMS = {
  'vtxo-mismatch': 'VTXO mismatch',
  'invalid-partial': 'invalid partial sig for forfeit tx',
} as const;

/** What the server keeps of a forfeit: the coin with one more link. */
function forfeitRecord(vtxo: Vtxo, forfeit: Forfeit, signature: Uint8Array): Vtxo<VtxoPolicy> {
  const { userPubkey, unlockHash, tweak } = forfeit;
  const transition = { type: 'arkoor', clientCosigners: [userPubkey], tapTweak: tweak, signature } as const;
  return {
    ...forfeitOutput(curve, vtxo, unlockHash),
    genesis: [...vtxo.genesis, { transition, outputIdx: 0, otherOutputs: [], feeAmount: sats(0n) }],
  };
}

function checkHark(h: Data['hark'][number], check: Check, label: string): void {
  check.informative(h.input_kind);
  const vtxo = fullVtxo(h.vtxo);
  check(encodeVtxo(vtxo, 'full'), h.vtxo, `${label} coin`);
  check(vtxoId(vtxo), h.vtxo_id, `${label} id`);
  for (const key of [h.user_key, h.server_key])
    check(curve.publicKey(fromHex(key.secret)), key.public, `${label} key`);
  check(sha256(fromHex(h.unlock_preimage)), h.unlock_hash, `${label} unlock hash`);
  const forfeit = buildForfeit(curve, vtxo, fromHex(h.unlock_hash));
  check(txView(forfeit.tx), h.forfeit_tx, `${label} transaction`);
  check(txOutView(forfeit.spent), h.prevout, `${label} spends`);
  check(forfeit.tweak, h.tap_tweak, `${label} tweak`);
  check(forfeit.sighash, h.sighash, `${label} digest`);
  const keys = { user: h.user_key, server: h.server_key };
  const { sighash, tweak, outputKey: signer } = forfeit;
  const text = { sighashHex: toHex(sighash), signerHex: toHex(signer) };
  const signature = checkSigning(h, keys, { sighash, tweak, signer, ...text }, check, label);

  const serverNonce = fromHex(h.server_nonce.pubnonce);
  const bundle = signForfeit(curve, forfeit, serverNonce, fromHex(h.user_key.secret), drawsOf(h.user_nonce));
  check(encodeForfeitBundle(bundle), h.bundle, `${label} bundle`);
  const pair = {
    secret: secretNonceForTests(fromHex(h.server_nonce.secnonce_bip327)),
    public: serverNonce,
  };
  const finished = finishForfeit(curve, bundle, vtxo, pair, fromHex(h.server_key.secret));
  check(finished.signature, toHex(signature), `${label} signature of the server`);
  check(txView(finished.tx), h.signed_forfeit_tx, `${label} signed`);
  const record = forfeitRecord(vtxo, forfeit, signature);
  check(
    {
      id: vtxoId(record),
      policy: policyView(record.policy),
      script_pubkey: toHex(policyTxOut(curve, record.policy, record.amount, record).script),
      hex: toHex(encodeVtxo(record, 'full')),
    },
    h.forfeit_vtxo,
    `${label} record`,
  );
  for (const { note, hex, decodes, decode_error, verify_error } of h.bundle_checks) {
    const decode = () => decodeForfeitBundle(curve, fromHex(hex));
    check.informative(decode_error, verify_error);
    if (!decodes) {
      check.refuses(decode, `${label} bundle ${note}`);
      continue;
    }
    check(encodeForfeitBundle(decode()), hex, `${label} bundle ${note} read`);
    const problem = forfeitProblem(curve, decode(), vtxo, serverNonce);
    check(problem && PROBLEMS[problem], verify_error, `${label} bundle ${note}`);
  }
}

export function compare(data: Data, check: Check): void {
  for (const [i, h] of data.hark.entries()) checkHark(h, check, `forfeit ${i}`);
  for (const [i, c] of data.connector.entries()) {
    const label = `connector forfeit ${i}`;
    const vtxo = fullVtxo(c.vtxo);
    check(encodeVtxo(vtxo, 'full'), c.vtxo, `${label} coin`);
    const connector = parseVtxoId(c.connector);
    check(vtxoIdText(connector), c.connector, `${label} connector`);
    const tx = connectorForfeitTx(curve, vtxo, connector);
    const script = keyOnlyScript(curve, fromHex(c.connector_pubkey));
    const spent = [vtxoTxOut(curve, vtxo), { value: VTXO_DUST, script }];
    check(txView(tx), c.tx, `${label} transaction`);
    check(taprootSighash(tx, 0, spent), c.sighash_vtxo_input, `${label} digest of the coin`);
    check(taprootSighash(tx, 1, spent), c.sighash_connector_input, `${label} digest of the connector`);
  }
}
