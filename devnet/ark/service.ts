// The two gRPC services, method by method. What is not listed answers UNIMPLEMENTED.
import type { ConnectRouter } from '@connectrpc/connect';
import { ArkService } from '../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../src/server/gen/mailbox_server_pb.js';
import { requireHashLocks, requirePver } from '../grpc/headers.ts';
import { cosignArkoor } from './arkoor.ts';
import { cosignBoard, registerBoard } from './board.ts';
import type { ArkContext } from './context.ts';
import { arkInfo, handshake } from './info.ts';
import { cancelClaim, checkReceive, claimReceive, prepareClaim, startReceive } from './lightning-receive.ts';
import { checkPayment, cosignHtlc, fetchBolt12Invoice, initiate, revoke } from './lightning-pay.ts';
import { postArkoor, postRecoveryIds, readMailbox, subscribeMailbox } from './mailbox.ts';
import { finishOffboard, prepareOffboard } from './offboard.ts';
import { recoverByXpub } from './recover.ts';
import { lastEvent, subscribe } from './rounds/hub.ts';
import { provideSignatures, submitPayment } from './rounds/interactive.ts';
import { participationStatus, submitParticipation } from './rounds/participations.ts';
import { cosignLeaf, forfeitNonces, forfeitVtxos } from './rounds/swap.ts';
import {
  getVtxo,
  getVtxosByIds,
  getVtxosStatusByIds,
  getVtxoStatus,
  readVtxoId,
  registerTransactions,
} from './vtxos.ts';

const LIGHTNING = 'send Lightning payments';
const RECEIVE = 'receive Lightning payments';
const ROUNDS = 'participate in rounds';

export const arkRoutes =
  (ctx: ArkContext) =>
  (router: ConnectRouter): void => {
    const register = ({ vtxos }: { vtxos: Uint8Array[] }) => {
      registerTransactions(ctx, vtxos);
      return {};
    };
    router.service(ArkService, {
      handshake: () => handshake(ctx),
      getArkInfo: () => arkInfo(ctx),
      getOffboardFeeRate: () => ({ satVkb: ctx.config.offboardFeerateSatVkb }),

      registerVtxoTransactions: register,
      registerVtxos: register,
      getVtxo: (req) => ({ vtxo: getVtxo(ctx, readVtxoId(req.vtxoId)) }),
      recoverVtxosByXpub: (req) => recoverByXpub(ctx, req),
      getVtxosByIds: (req) => getVtxosByIds(ctx, req.vtxoIds),
      getVtxoStatus: (req) => ({ spendState: getVtxoStatus(ctx, readVtxoId(req.vtxoId), req.attestation) }),
      getVtxosStatusByIds: (req) => getVtxosStatusByIds(ctx, req.vtxos),

      requestBoardCosign(req, context) {
        requirePver(context);
        return cosignBoard(ctx, req);
      },
      registerBoardVtxo(req) {
        registerBoard(ctx, req.boardVtxo);
        return {};
      },

      requestArkoorCosign: (req) => cosignArkoor(ctx, req.parts),

      requestLightningPayHtlcCosign(req, context) {
        requireHashLocks(context, LIGHTNING);
        return cosignHtlc(ctx, req.parts);
      },
      initiateLightningPayment(req, context) {
        requireHashLocks(context, LIGHTNING);
        initiate(ctx, { ...req, htlcVtxoIds: req.htlcVtxoIds.map(readVtxoId) });
        return {};
      },
      fetchBolt12Invoice(req, context) {
        requireHashLocks(context, LIGHTNING);
        return { invoice: fetchBolt12Invoice(ctx, req) };
      },
      checkLightningPayment: async (req, { signal }) => ({
        paymentStatus: await checkPayment(ctx, req.hash, req.wait, signal),
      }),
      requestLightningPayHtlcRevocation: (req) => revoke(ctx, req.parts),

      startLightningReceive(req, context) {
        requireHashLocks(context, RECEIVE);
        return { bolt11: startReceive(ctx, req) };
      },
      checkLightningReceive: (req, { signal }) => checkReceive(ctx, req.hash, req.wait, signal),
      prepareLightningReceiveClaim(req, context) {
        requireHashLocks(context, RECEIVE);
        return prepareClaim(ctx, req);
      },
      claimLightningReceive(req, context) {
        requirePver(context);
        return claimReceive(ctx, req);
      },
      cancelLightningReceive(req) {
        cancelClaim(ctx, req.paymentHash);
        return {};
      },

      prepareOffboard: (req) => prepareOffboard(ctx, req),
      finishOffboard: (req) => finishOffboard(ctx, req),

      nextRoundTime: () => ({ timestamp: BigInt(Math.ceil(ctx.rounds.nextAt / 1000)) }),
      subscribeRounds: (_, context) => subscribe(ctx.rounds, context),
      lastRoundEvent: () => lastEvent(ctx.rounds),
      submitPayment(req, context) {
        requireHashLocks(context, ROUNDS);
        return submitPayment(ctx, req);
      },
      provideVtxoSignatures(req, context) {
        requireHashLocks(context, ROUNDS);
        provideSignatures(ctx, req);
        return {};
      },
      submitRoundParticipation(req, context) {
        requireHashLocks(context, ROUNDS);
        return submitParticipation(ctx, req);
      },
      roundParticipationStatus: (req) => participationStatus(ctx, req.unlockHash),
      requestLeafVtxoCosign(req, context) {
        requireHashLocks(context, ROUNDS);
        return cosignLeaf(ctx, req.vtxoId, req.publicNonce);
      },
      requestForfeitNonces(req, context) {
        requireHashLocks(context, ROUNDS);
        return forfeitNonces(ctx, req.unlockHash, req.vtxoIds);
      },
      forfeitVtxos(req, context) {
        requireHashLocks(context, ROUNDS);
        return forfeitVtxos(ctx, req.forfeitBundles);
      },
    });
    router.service(MailboxService, {
      postArkoorMessage(req) {
        postArkoor(ctx, req.blindedId, req.vtxos);
        return {};
      },
      readMailbox: (req) => readMailbox(ctx, req),
      subscribeMailbox: (req, context) => subscribeMailbox(ctx, req, context),
      postRecoveryVtxoIds(req) {
        postRecoveryIds(ctx, req);
        return {};
      },
    });
  };
