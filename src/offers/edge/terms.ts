// What an Ark server offers at the edge of the Lightning network, and what follows from it for our paths.
import { toHex } from '../../crypto/bytes.ts';
import type { Bytes } from '../../crypto/curve.ts';
import { SkiffError } from '../../errors.ts';
import { hmacSha256 } from '../../crypto/hash.ts';
import { chainHash } from '../../lightning/bolt12/offer.ts';
import { onePath, type BlindedPath } from '../../lightning/blinded/path.ts';
import { provePeer } from '../../lightning/peer-proof.ts';
import type { ArkInfo, ServerExtension } from '../../server/ark-info.ts';
import type { ArkServer } from '../../server/connect.ts';
import type { EdgeTerms } from '../../store/offer-rows.ts';
import { msats } from '../../units.ts';
import { minCltvDelta } from '../../wallet/actions/lightning-receive/deltas.ts';
import type { Deps } from '../../wallet/ports.ts';
import type { LightningEdge, RecipientKeys, Surroundings } from '../async/paths.ts';

/** Without every one of these an offer could not be paid, awake and asleep. */
const NEEDED: readonly ServerExtension[] = ['bolt12-inject', 'onion-htlc'];

/** Can a wallet be paid under offers there? @param hasPeer messages come and go elsewhere, not through its mailbox */
export const carriesOffers = ({ extensions }: ArkInfo, hasPeer: boolean): boolean =>
  [...NEEDED, ...(hasPeer ? [] : (['onion-mailbox'] as const))].every((name) => extensions.includes(name));

const tag = (name: string): Bytes => new TextEncoder().encode(name);

/** @throws SkiffError LOCKED */
export function recipientKeys({ ports }: Deps): RecipientKeys {
  const root = ports.keys.unlocked().bolt12Key();
  const key = (name: string) => hmacSha256(root, tag(name));
  return { nodeSecret: key('node'), contextKey: key('contexts'), offerKey: key('offers') };
}

const misbehaved = (field: string): SkiffError =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server describes its Lightning node in a way that Skiff cannot read. No offer was made.',
    details: { field },
  });

/** Below it real channels have their numbers. */
const FIRST_VIRTUAL = 16_000_000n << 40n;

/**
 * Makes our node known to the server. @throws SkiffError SERVER_MISBEHAVED for terms that make no sense; what the call throws
 */
export async function register(
  { ports }: Deps,
  server: ArkServer,
  keys: RecipientKeys,
): Promise<{ terms: EdgeTerms; serverPaths: BlindedPath[] }> {
  const { curve } = ports;
  const { serverPubkey, extensions } = await server.info();
  const nodeId = curve.publicKey(keys.nodeSecret);
  const mailboxId = ports.keys.unlocked().mailbox().publicKey;
  const proof = provePeer(curve, { serverPubkey, nodeId, mailboxId }, keys.nodeSecret, ports.random(32));
  const answer = await server.registerLightningPeer({ nodeId, proof, mailboxId });
  const named = extensions.includes('onion-mailbox')
    ? (['gatewayNodeId', 'lnNodeId'] as const)
    : (['lnNodeId'] as const);
  for (const field of named) if (!curve.isPoint(answer[field])) throw misbehaved(field);
  if (answer.virtualScid < FIRST_VIRTUAL) throw misbehaved('virtualScid');
  if (answer.htlcMinMsat > answer.htlcMaxMsat) throw misbehaved('htlcMinMsat');
  return {
    terms: {
      gateway: answer.gatewayNodeId,
      lnNode: answer.lnNodeId,
      virtualScid: answer.virtualScid,
      cltvDelta: answer.cltvDelta,
      feeBaseMsat: answer.feeBaseMsat,
      feePpm: answer.feePpm,
      htlcMinMsat: answer.htlcMinMsat,
      htlcMaxMsat: answer.htlcMaxMsat,
      maxCltvExpiryDelta: answer.maxCltvExpiryDelta,
      serverPubkey: toHex(serverPubkey),
      at: ports.now(),
    },
    serverPaths: answer.invoiceServerPaths.map((bytes) => onePath.read(bytes, curve)),
  };
}

export type AtEdge = Surroundings & { edge: LightningEdge };

/** Everything our messages and invoices depend on. @param gateway who carries our messages @throws SkiffError UNSUPPORTED when the server leaves too little time */
export function surroundings(
  { ports, config }: Deps,
  terms: EdgeTerms,
  keys: RecipientKeys,
  { info, tip, gateway }: { info: ArkInfo; tip: number; gateway: Bytes },
): AtEdge {
  const { network } = config;
  return {
    curve: ports.curve,
    keys,
    gateway,
    edge: {
      nodeId: terms.lnNode,
      shortChannelId: terms.virtualScid,
      relay: {
        cltvExpiryDelta: terms.cltvDelta,
        feeBaseMsat: terms.feeBaseMsat,
        feeProportionalMillionths: terms.feePpm,
      },
      // A coin holds whole satoshi.
      htlcMinimum: msats(terms.htlcMinMsat > 1000n ? terms.htlcMinMsat : 1000n),
      htlcMaximum: msats(terms.htlcMaxMsat),
      minFinalCltv: minCltvDelta(info, config) + info.htlcExpiryDelta,
      maxCltvExpiry: tip + terms.maxCltvExpiryDelta,
    },
    ...(network !== 'mainnet' && { chain: chainHash(network) }),
  };
}
