// Ark addresses: fields, payload, text both ways, blinded ids from their secrets, and what the parser refuses.
import { bech32m } from '@scure/base';

import {
  addressText,
  arkId,
  decodeAddress,
  decodeAddressPayload,
  encodeAddressPayload,
  isForServer,
  type Delivery,
} from '../../../src/ark/address.ts';
import { blindMailbox } from '../../../src/ark/mailbox.ts';
import { encodePolicy, policyName, policyTag, type UserPolicy } from '../../../src/ark/policy.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import type { Check } from '../check.ts';

interface Key {
  secret: string;
  public: string;
}
interface Data {
  addresses: {
    address: string;
    testnet: boolean;
    ark_id: string;
    policy: Record<string, unknown>;
    delivery: { type: number; mailbox_blinded_id?: string; data?: string }[];
    payload: string;
    note?: string;
    inputs?: {
      server_pubkey: string;
      mailbox: { vtxo_key: Key; mailbox_key: Key; server_mailbox_key: Key } | null;
    };
  }[];
  parse_attempts: { note: string; string: string; ok: boolean; canonical?: string; error?: string }[];
}

const describePolicy = (p: UserPolicy) => ({
  type: policyName(p),
  tag: policyTag(p),
  hex: encodePolicy(p),
  user_pubkey: p.userPubkey,
  ...('paymentHash' in p && { payment_hash: p.paymentHash, htlc_expiry: p.htlcExpiry }),
  ...('htlcExpiryDelta' in p && { htlc_expiry_delta: p.htlcExpiryDelta }),
});

const describeDelivery = (d: Delivery) =>
  d.type === 'server-mailbox' ? { type: 1, mailbox_blinded_id: d.blindedId } : { type: d.tag, data: d.data };

export function compare(data: Data, check: Check): void {
  for (const [i, a] of data.addresses.entries()) {
    const label = `address ${i}`;
    const read = decodeAddress(curve, a.address);
    check(read.testnet, a.testnet, `${label} testnet`);
    check(read.arkId, a.ark_id, `${label} ark id`);
    check(describePolicy(read.policy), a.policy, `${label} policy`);
    check(read.delivery.map(describeDelivery), a.delivery, `${label} delivery`);
    check(encodeAddressPayload(read), a.payload, `${label} payload`);
    check(
      addressText(decodeFromPayload(read.testnet, a.payload)),
      a.address,
      `${label} text from its payload`,
    );
    check.informative(a.note);
    if (!a.inputs) continue;
    const server = fromHex(a.inputs.server_pubkey);
    check(arkId(server), a.ark_id, `${label} ark id of the server`);
    check(isForServer(read, server), true, `${label} is for its server`);
    const mailbox = a.inputs.mailbox;
    if (!mailbox) continue;
    for (const key of [mailbox.vtxo_key, mailbox.mailbox_key, mailbox.server_mailbox_key])
      check(curve.publicKey(fromHex(key.secret)), key.public, `${label} key`);
    const blinded = blindMailbox(
      curve,
      fromHex(mailbox.mailbox_key.public),
      fromHex(mailbox.vtxo_key.secret),
      fromHex(mailbox.server_mailbox_key.public),
    );
    check(blinded, a.delivery.find((d) => d.type === 1)?.mailbox_blinded_id, `${label} blinded id`);
  }
  for (const p of data.parse_attempts) {
    const { note, string, ok } = p;
    if (!ok) {
      check.informative(p.error);
      check.refuses(() => decodeAddress(curve, string), `parse: ${note}`);
    } else check(addressText(decodeAddress(curve, string)), p.canonical, `parse: ${note}`);
  }
  check.refuses(() => decodeAddress(curve, bech32m.encode('ark', [1], 1023)), 'parse: version alone');
}

const decodeFromPayload = (testnet: boolean, payload: string) => ({
  testnet,
  ...decodeAddressPayload(curve, fromHex(payload)),
});
