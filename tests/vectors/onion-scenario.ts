// The shape of the bolt12-onion-messages files, and the nodes that play in them.
import { fromHex } from '../../src/crypto/bytes.ts';
import type { Bytes } from '../../src/crypto/curve.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import type { OnionNode } from '../../src/lightning/onion/message.ts';
import type { TlvList } from './bolt12.ts';
import type { Check } from './check.ts';

export interface NodeData {
  name: string;
  secret: string;
  id: string;
  receive_auth_key: string;
  inbound_payment_key_material: string;
}
export interface HopData {
  at: string;
  path_key: string;
  path_shared_secret: string;
  onion_shared_secret: string;
  payload_tlvs: TlvList;
  recipient_data_tlvs: TlvList;
  recipient_data_tag: string;
  final: boolean;
}
export interface MessageData {
  step: string;
  from: string;
  route: string[];
  first_node: string;
  onion_tlv_type: number;
  content: string;
  destination: string;
  reply_path: string | null;
  session_priv: string;
  prng_seed: string;
  onion_message: string;
  hops: HopData[];
}
export interface HtlcData {
  kind: string;
  payment_hash: string;
  part_msat: string;
  total_msat: string;
  from: string;
  session_priv: string;
  prng_seed: string;
  block_height: number;
  to_ark: { amount_msat: string; cltv_expiry: number; onion: string };
  at_ark: {
    payload: string;
    payload_tlvs: TlvList;
    recipient_data_tlvs: TlvList;
    virtual_scid: string;
    onion_shared_secret: string;
    forward_msat: string;
    outgoing_cltv_value: number;
    next_path_key: string;
    next_onion: string;
  };
  at_recipient: {
    payload_tlvs: TlvList;
    recipient_data_tlvs: TlvList;
    recipient_data_tag: string;
    onion_shared_secret: string;
    ldk: {
      kind: string;
      preimage?: string;
      invoice_request?: string;
      payment_secret: string;
      total_msat: string;
    };
  };
}
export interface Scenario {
  name: string;
  recipient_reached_via: string;
  chain: string;
  now: number;
  nodes: NodeData[];
  server_paths_given_out_of_band: string[];
  recipient_id: string;
  slot: number;
  paths_absolute_expiry: number;
  offer: string;
  offer_tlvs: TlvList;
  static_invoice: string;
  forward_invoice_request_path: string;
  payment_id: string;
  amount_msats: string;
  fresh_invoice: string;
  fresh_invoice_preimage: string;
  fresh_invoice_payment_secret: string;
  cache: Record<string, unknown> & { ldk_bytes: string[] };
  messages: MessageData[];
  htlcs: HtlcData[];
}
export interface ScenarioFile {
  set: string;
  now: number;
  scenario: Scenario;
}

/** How the files name the two ways of sealing recipient data. */
export const tag = (own: boolean): string => (own ? 'ldk-receive-auth-key' : 'rfc8439');

export function nodesOf(s: Scenario, check: Check): Map<string, OnionNode & { id: string; material: Bytes }> {
  return new Map(
    s.nodes.map((n) => {
      const secret = fromHex(n.secret);
      check(curve.publicKey(secret), n.id, `${n.name} id`);
      const material = fromHex(n.inbound_payment_key_material);
      return [n.name, { secret, authKey: fromHex(n.receive_auth_key), id: n.id, material }];
    }),
  );
}

export type Nodes = ReturnType<typeof nodesOf>;
export const nodeOf = (nodes: Nodes, name: string) => {
  const node = nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
};
