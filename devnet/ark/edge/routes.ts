// The RPCs of the Lightning edge (docs/server-extensions.md). Each answers UNIMPLEMENTED where its extension is switched off.
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { writeBlindedPath } from '../../../src/lightning/blinded/path.ts';
import { verifyPeer } from '../../../src/lightning/peer-proof.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { LightningEdgeService } from '../../../src/server/gen/lightning_edge_pb.js';
import type { RegisterLightningPeerRequest } from '../../../src/server/gen/lightning_edge_pb.js';
import type { ServerExtension } from '../../../src/server/ark-info.ts';
import { badArgument, parsing } from '../../grpc/status.ts';
import type { ArkContext } from '../context.ts';
import { cancelClaim } from '../lightning-receive.ts';
import { injectInvoice } from '../receives.ts';
import { carry, gatewayNode, readMessage } from './gateway.ts';
import { pathTo } from './paths.ts';

/** Above every block that there will be. */
const FIRST_SCID = 16_000_000n << 40n;
/** What the server's node keeps of a forwarded payment, and the blocks it wants for itself. */
const RELAY = { cltvDelta: 40, feeBaseMsat: 1000, feePpm: 0 };
/** As LDK: no path is good for more than two weeks of blocks. */
const MAX_CLTV_DELTA = 2016;

const has = ({ config }: ArkContext, extension: ServerExtension): boolean =>
  config.extensions.includes(extension);

function need(ctx: ArkContext, ...oneOf: ServerExtension[]): void {
  if (!oneOf.some((extension) => has(ctx, extension)))
    throw new ConnectError(`no ${oneOf.join(', no ')} here`, Code.Unimplemented);
}

function register(ctx: ArkContext, { nodeId, proof, mailboxId }: RegisterLightningPeerRequest) {
  const { config, curve, edge, edgeKey, serverKey } = ctx;
  need(ctx, 'onion-mailbox', 'onion-htlc');
  if (![nodeId, mailboxId].every((key) => key.length === 33 && curve.isPoint(key)))
    throw badArgument('invalid node or mailbox id');
  if (!verifyPeer(curve, { serverPubkey: serverKey.public, nodeId, mailboxId }, proof))
    throw badArgument('invalid proof of the node');
  const recipient = toHex(nodeId);
  const before = edge.peers.get(recipient);
  const scid = before?.scid ?? FIRST_SCID + (BigInt(edge.peers.size) << 16n);
  edge.peers.set(recipient, { nodeId: recipient, scid, mailbox: mailboxId });
  return {
    ...(has(ctx, 'onion-mailbox') && {
      gatewayNodeId: edgeKey.public,
      invoiceServerPaths: [writeBlindedPath(pathTo(gatewayNode(ctx), { is: 'setup', recipient }))],
    }),
    lnNodeId: edgeKey.public,
    virtualScid: scid,
    ...RELAY,
    htlcMinMsat: 1n,
    htlcMaxMsat: (config.maxVtxoAmount ?? 1_000_000_000n) * 1000n,
    maxCltvExpiryDelta: MAX_CLTV_DELTA,
  };
}

export const edgeRoutes =
  (ctx: ArkContext) =>
  (router: ConnectRouter): void =>
    void router.service(LightningEdgeService, {
      registerLightningPeer: (req) => register(ctx, req),
      sendOnionMessage(req) {
        need(ctx, 'onion-mailbox');
        carry(
          ctx,
          parsing('onion message', () => readMessage(ctx, req)),
        );
        return {};
      },
      injectBolt12Invoice(req) {
        need(ctx, 'bolt12-inject');
        injectInvoice(ctx, req.invoice, req.mailboxId);
        return {};
      },
      failOnionHtlc(req) {
        need(ctx, 'onion-htlc');
        cancelClaim(ctx, req.paymentHash);
        return {};
      },
    });
