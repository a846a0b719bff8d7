// bolt12-blinded-paths.json: paths walked with the nodes' secrets, built again from the session key, payinfos
// aggregated, padding reproduced, damaged bytes refused.
import { fromHex } from '../../../src/crypto/bytes.ts';
import type { Bytes } from '../../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { blindedSecret, buildBlindedPath, unwrapHop } from '../../../src/lightning/blinded/hops.ts';
import { onePath, writeBlindedPath } from '../../../src/lightning/blinded/path.ts';
import type { BlindedPath } from '../../../src/lightning/blinded/path.ts';
import { aggregatePayInfo, payInfos } from '../../../src/lightning/blinded/payinfo.ts';
import {
  padRecipientData,
  readRecipientData,
  writeRecipientData,
} from '../../../src/lightning/blinded/recipient-data.ts';
import { keyOf } from '../../../src/lightning/onion/keys.ts';
import { readTlvs, tlv, writeTlvs } from '../../../src/lightning/tlv.ts';
import { msats } from '../../../src/units.ts';
import { refusesAs, tlvList } from '../bolt12.ts';
import type { TlvList } from '../bolt12.ts';
import type { Check } from '../check.ts';

interface Hop {
  node_secret: string;
  node_id: string;
  path_key: string;
  shared_secret: string;
  rho: string;
  blinded_node_id: string;
  encrypted_recipient_data: string;
  plaintext: string;
  plaintext_tlvs: TlvList;
  tag: string;
}
interface Walked {
  name: string;
  session_priv: string;
  hex: string;
  hops: Hop[];
}
interface Forward {
  node_id: string;
  short_channel_id: string;
  cltv_expiry_delta: number;
  fee_proportional_millionths: number;
  fee_base_msat: number;
  max_cltv_expiry: number;
  htlc_minimum_msat: string;
  htlc_maximum_msat: string;
}
interface Data {
  set: string;
  now: number;
  ldk_message: Array<
    Walked & {
      context: string;
      compact: boolean;
      dummy_hops: number;
      receive_auth_key: string;
      introduction: string;
      first_path_key: string;
    }
  >;
  spec: Array<Walked & { introduction_hex: string; introduction_is_scid_dir: boolean; hop_tlvs: TlvList[] }>;
  ldk_payment: Array<
    Walked & {
      receive_auth_key: string;
      min_final_cltv_expiry_delta: number;
      payee_htlc_maximum_msat: string;
      payee_htlc_minimum_msat: string;
      forward: Forward[];
      payinfo: { hex: string; [name: string]: unknown };
    }
  >;
  bad: Array<{ name: string; hex: string; ldk: string }>;
}

/** Walks the path hop by hop, then builds it again from what was found. */
function compareWalk(v: Walked, check: Check, authKey?: Bytes): BlindedPath {
  const path = onePath.read(fromHex(v.hex), curve);
  check(writeBlindedPath(path), v.hex, `${v.name} read and written`);
  check(path.hops.length, v.hops.length, `${v.name} hops`);
  let pathKey = path.pathKey;
  const plan = v.hops.map((h, i) => {
    const label = `${v.name} hop ${i}`;
    const hop = path.hops[i] as BlindedPath['hops'][number];
    const secret = fromHex(h.node_secret);
    check(curve.publicKey(secret), h.node_id, `${label} node`);
    check(pathKey, h.path_key, `${label} path key`);
    check(hop.nodeId, h.blinded_node_id, `${label} blinded id`);
    check(hop.data, h.encrypted_recipient_data, `${label} data`);
    const open = unwrapHop(curve, secret, pathKey, hop.data, authKey);
    check(open.sharedSecret, h.shared_secret, `${label} shared secret`);
    check(keyOf('rho', open.sharedSecret), h.rho, `${label} rho`);
    check(open.plaintext, h.plaintext, `${label} plaintext`);
    check(open.own ? 'ldk-receive-auth-key' : 'rfc8439', h.tag, `${label} tag`);
    check(
      curve.publicKey(blindedSecret(curve, secret, open.sharedSecret)),
      h.blinded_node_id,
      `${label} key`,
    );
    check(tlvList(readTlvs(open.plaintext)), h.plaintext_tlvs, `${label} records`);
    const { fields, unknown } = readRecipientData(curve, open.plaintext, open.own);
    check(writeRecipientData(fields, unknown), h.plaintext, `${label} records written`);
    pathKey = open.nextPathKey;
    return {
      nodeId: curve.publicKey(secret),
      plaintext: open.plaintext,
      authKey: open.own ? authKey : undefined,
    };
  });
  const built = buildBlindedPath(curve, fromHex(v.session_priv), plan, path.introduction);
  check(writeBlindedPath(built.path), v.hex, `${v.name} built`);
  check(
    built.pathKeys,
    v.hops.map((h) => h.path_key),
    `${v.name} path keys`,
  );
  return path;
}

/** LDK pads each hop to a multiple; the record of padding is first and holds zeros. */
function comparePadding(h: Hop, multiple: number, check: Check, label: string): void {
  const records = readTlvs(fromHex(h.plaintext)).filter((t) => t.type !== 1n);
  check(padRecipientData(writeTlvs(records), multiple), h.plaintext, `${label} padded`);
}

const introduction = (path: BlindedPath): Bytes => {
  const rest = 33 + 1 + path.hops.reduce((n, hop) => n + 35 + hop.data.length, 0);
  return writeBlindedPath(path).slice(0, -rest);
};

function compareMessage(v: Data['ldk_message'][number], check: Check): void {
  check.informative(v.context);
  const path = compareWalk(v, check, fromHex(v.receive_auth_key));
  check(introduction(path), v.introduction, `${v.name} introduction`);
  check(path.pathKey, v.first_path_key, `${v.name} first path key`);
  const dummies = v.hops.filter((h) => h.plaintext_tlvs.some(([type]) => Number(type) === 65539));
  check(dummies.length, v.dummy_hops, `${v.name} dummy hops`);
  const multiple = new Set(v.hops.map((h) => (h.plaintext.length / 2) % 100)).size === 1;
  check(v.compact, !(multiple && v.hops.every((h) => h.plaintext.length === 200)), `${v.name} compact`);
  if (!v.compact) v.hops.forEach((h, i) => comparePadding(h, 100, check, `${v.name} hop ${i}`));
}

function comparePayment(v: Data['ldk_payment'][number], check: Check): void {
  compareWalk(v, check, fromHex(v.receive_auth_key));
  v.hops.forEach((h, i) => comparePadding(h, 30, check, `${v.name} hop ${i}`));
  const forward = v.forward.map((f) => ({
    relay: {
      cltvExpiryDelta: f.cltv_expiry_delta,
      feeProportionalMillionths: f.fee_proportional_millionths,
      feeBaseMsat: f.fee_base_msat,
    },
    constraints: { maxCltvExpiry: f.max_cltv_expiry, htlcMinimum: msats(BigInt(f.htlc_minimum_msat)) },
    htlcMaximum: msats(BigInt(f.htlc_maximum_msat)),
  }));
  for (const [i, f] of v.forward.entries()) {
    const h = v.hops[i] as Hop;
    check(h.node_id, f.node_id, `${v.name} forward ${i} node`);
    const data = readRecipientData(curve, fromHex(h.plaintext)).fields;
    check(data.shortChannelId, f.short_channel_id, `${v.name} forward ${i} channel`);
    check(data.paymentRelay, forward[i]?.relay, `${v.name} forward ${i} relay`);
    check(data.paymentConstraints, forward[i]?.constraints, `${v.name} forward ${i} constraints`);
  }
  const info = aggregatePayInfo(forward, {
    minFinalCltv: v.min_final_cltv_expiry_delta,
    htlcMinimum: msats(BigInt(v.payee_htlc_minimum_msat)),
    htlcMaximum: msats(BigInt(v.payee_htlc_maximum_msat)),
  });
  const view = {
    fee_base_msat: info.feeBaseMsat,
    fee_proportional_millionths: info.feeProportionalMillionths,
    cltv_expiry_delta: info.cltvExpiryDelta,
    htlc_minimum_msat: info.htlcMinimum,
    htlc_maximum_msat: info.htlcMaximum,
    hex: payInfos.write([info]),
  };
  check(view, v.payinfo, `${v.name} payinfo`);
  check(payInfos.read(fromHex(v.payinfo.hex), curve), [info], `${v.name} payinfo read`);
}

export function compare(data: Data, check: Check): void {
  check.informative(data.set, data.now);
  for (const v of data.ldk_message) compareMessage(v, check);
  for (const v of data.spec) {
    const path = compareWalk(v, check);
    check(introduction(path), v.introduction_hex, `${v.name} introduction`);
    check('direction' in path.introduction, v.introduction_is_scid_dir, `${v.name} by channel`);
    for (const [i, records] of v.hop_tlvs.entries()) {
      const made = writeTlvs(records.map(([type, value]) => tlv(BigInt(type), fromHex(value))));
      check(made, v.hops[i]?.plaintext, `${v.name} hop ${i} from its records`);
    }
  }
  for (const v of data.ldk_payment) comparePayment(v, check);
  for (const v of data.bad) {
    refusesAs(
      () => onePath.read(fromHex(v.hex), curve),
      `Decode(${/\((\w+)\)/.exec(v.ldk)?.[1]})`,
      check,
      v.name,
    );
  }
}
