// What the server says about itself: handshake, ArkInfo, fee rates.
import type { FeeSchedule, PpmExpiryFeeEntry } from '../../src/ark/fees.ts';
import type { ArkContext } from './context.ts';

export const handshake = ({ config }: ArkContext) => ({
  minProtocolVersion: BigInt(config.minProtocolVersion),
  maxProtocolVersion: BigInt(config.maxProtocolVersion),
  psa: config.psa,
});

const table = (entries: readonly PpmExpiryFeeEntry[]) =>
  entries.map(({ expiryBlocksThreshold, ppm }) => ({ expiryBlocksThreshold, ppm }));

const wireFees = (fees: FeeSchedule) => ({
  board: { minFeeSat: fees.board.minFee, baseFeeSat: fees.board.baseFee, ppm: fees.board.ppm },
  offboard: {
    baseFeeSat: fees.offboard.baseFee,
    fixedAdditionalVb: fees.offboard.fixedAdditionalVb,
    ppmExpiryTable: table(fees.offboard.ppmExpiryTable),
  },
  refresh: { baseFeeSat: fees.refresh.baseFee, ppmExpiryTable: table(fees.refresh.ppmExpiryTable) },
  lightningReceive: { baseFeeSat: fees.lightningReceive.baseFee, ppm: fees.lightningReceive.ppm },
  lightningSend: {
    minFeeSat: fees.lightningSend.minFee,
    baseFeeSat: fees.lightningSend.baseFee,
    ppmExpiryTable: table(fees.lightningSend.ppmExpiryTable),
  },
});

/** GetArkInfo. The two fields that newer clients no longer read are filled like captaind fills them. */
export const arkInfo = ({ config, serverKey, mailboxKey }: ArkContext) => ({
  network: config.network,
  serverPubkey: serverKey.public,
  mailboxPubkey: mailboxKey.public,
  fees: wireFees(config.fees),
  vtxoExitDelta: config.vtxoExitDelta,
  vtxoLifetime: config.vtxoLifetime,
  vtxoExpiryDelta: config.vtxoLifetime,
  maxVtxoExitDepth: config.maxVtxoExitDepth,
  maxVtxoAmount: config.maxVtxoAmount,
  minBoardAmount: config.minBoardAmount,
  requiredBoardConfirmations: config.requiredBoardConfirmations,
  htlcSendExpiryDelta: config.htlcSendExpiryDelta,
  htlcExpiryDelta: config.htlcExpiryDelta,
  maxUserInvoiceCltvDelta: config.maxUserInvoiceCltvDelta,
  lnReceiveAntiDosRequired: config.lnReceiveAntiDosRequired,
  maxOffboardInputs: config.maxOffboardInputs,
  offboardFeerateSatVkb: config.offboardFeerateSatVkb,
  roundIntervalSecs: config.roundIntervalSecs,
  nbRoundNonces: config.nbRoundNonces,
  tosLink: config.tosLink,
  extensions: [...config.extensions],
});
