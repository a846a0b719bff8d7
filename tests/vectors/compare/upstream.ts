// ark-lib's own published VTXOs in both encoding versions, validated against their on-chain transactions, and its
// unit tests' constants for messages and addresses.
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { addressText, decodeAddress } from '../../../src/ark/address.ts';
import { signMessage, verifyMessage } from '../../../src/ark/message.ts';
import { parseTx, serializeTx } from '../../../src/ark/tx.ts';
import { policyUserKey } from '../../../src/ark/policy.ts';
import type { Check } from '../check.ts';
import { validationView } from '../validation-text.ts';
import { fullVtxo, fullVtxoView } from '../views.ts';

type Fields = ReturnType<typeof fullVtxoView>;

const BOARD_CHAIN = ['board_vtxo', 'arkoor_htlc_out_vtxo', 'arkoor2_vtxo'] as const;
const ROUND_CHAIN = ['round1_vtxo', 'round2_vtxo', 'arkoor3_vtxo'] as const;
const NAMES = [...BOARD_CHAIN, ...ROUND_CHAIN] as const;
type Name = (typeof NAMES)[number];

interface Data {
  current: Record<Name, Fields> & {
    server_key: { secret: string; public: string };
    anchor_tx: string;
    round_tx: string;
    arkoor3_user_key: { secret: string; public: string };
  };
  v1: Record<Name, { v1_hex: string; reencoded_v2: Fields }> & {
    server_secret: string;
    anchor_tx: string;
    round_tx: string;
    arkoor3_user_secret: string;
  };
  inline_unit_test_constants: {
    message_signature_no_aux_rand: { secret: string; message_ascii: string; signature: string };
    address_doc_example: string;
  };
}

const VALID = { validate_error: null, validate_unsigned_error: null };

export function compare(data: Data, check: Check): void {
  const { current, v1 } = data;
  const txs = [current.anchor_tx, current.round_tx, v1.anchor_tx, v1.round_tx];
  for (const hex of txs) check(toHex(serializeTx(parseTx(fromHex(hex)))), hex, 'transaction');
  check(curve.publicKey(fromHex(current.server_key.secret)), current.server_key.public, 'server key');
  check(
    curve.publicKey(fromHex(current.arkoor3_user_key.secret)),
    current.arkoor3_user_key.public,
    'arkoor3 key',
  );
  for (const name of NAMES) {
    const onBoard = (BOARD_CHAIN as readonly string[]).includes(name);
    const vtxo = fullVtxo(current[name].hex);
    check(fullVtxoView(vtxo), current[name], `current ${name}`);
    check(toHex(vtxo.serverPubkey), current.server_key.public, `current ${name} server`);
    check(
      validationView(vtxo, onBoard ? current.anchor_tx : current.round_tx),
      VALID,
      `current ${name} validates`,
    );

    const old = fullVtxo(v1[name].v1_hex);
    check(fullVtxoView(old), v1[name].reencoded_v2, `v1 ${name}`);
    check(old.serverPubkey, toHex(curve.publicKey(fromHex(v1.server_secret))), `v1 ${name} server`);
    check(validationView(old, onBoard ? v1.anchor_tx : v1.round_tx), VALID, `v1 ${name} validates`);
  }
  const userKey = (hex: string) => policyUserKey(fullVtxo(hex).policy);
  check(userKey(current.arkoor3_vtxo.hex), current.arkoor3_user_key.public, 'arkoor3 belongs to its key');
  const oldKey = toHex(curve.publicKey(fromHex(v1.arkoor3_user_secret)));
  check(userKey(v1.arkoor3_vtxo.v1_hex), oldKey, 'v1 arkoor3 belongs to its key');
  const { message_signature_no_aux_rand: m, address_doc_example } = data.inline_unit_test_constants;
  const message = new TextEncoder().encode(m.message_ascii);
  const secret = fromHex(m.secret);
  const signature = signMessage(curve, message, secret, new Uint8Array(32));
  check(signature, m.signature, 'message signature');
  check(
    verifyMessage(curve, message, signature, curve.publicKey(secret)),
    true,
    'message signature verifies',
  );
  check(
    addressText(decodeAddress(curve, address_doc_example)),
    address_doc_example,
    'address of the documentation',
  );
}
