// Settings of the devnet's Ark server: captaind's defaults, except where a laptop should not wait.
import type { FeeSchedule } from '../../src/ark/fees.ts';
import { SERVER_EXTENSIONS, type ServerExtension } from '../../src/server/ark-info.ts';
import { sats, type Sats } from '../../src/units.ts';
import type { ReceiveLie } from './receive-lies.ts';

export interface ArkConfig {
  network: string;
  minProtocolVersion: number;
  maxProtocolVersion: number;
  /** Announcement shown to users at connect. */
  psa?: string;
  tosLink?: string;
  vtxoExitDelta: number;
  vtxoLifetime: number;
  maxVtxoExitDepth: number;
  /** Outputs of one arkoor input, isolated ones included. */
  maxArkoorFanout: number;
  maxVtxoAmount?: Sats;
  minBoardAmount: Sats;
  requiredBoardConfirmations: number;
  htlcSendExpiryDelta: number;
  htlcExpiryDelta: number;
  maxUserInvoiceCltvDelta: number;
  lnReceiveAntiDosRequired: boolean;
  maxLnReceiveAmount?: Sats;
  /** Life of an invoice. */
  invoiceExpirySecs: number;
  /** How long a payer's money waits for the wallet to ask for its coins. */
  receiveForwardTimeoutSecs: number;
  /** What is wrong with invoices and coins for receivers. */
  receiveLie?: ReceiveLie;
  /** Share of our own fee that may be spent on routing, in millionths. */
  lnMaxFeePpm: bigint;
  maxReadMailboxItems: number;
  maxOffboardInputs: number;
  offboardFeerateSatVkb: bigint;
  roundIntervalSecs: number;
  /** Milliseconds that a round waits for sign-ups, and then for signatures. */
  roundSubmitMs: number;
  roundSignMs: number;
  /** The server's nonces for forfeits are dropped at the first round after so many seconds. */
  forfeitNonceSecs: number;
  nbRoundNonces: number;
  fees: FeeSchedule;
  /** What it can do beyond captaind, and says so (docs/server-extensions.md). */
  extensions: readonly ServerExtension[];
  /** A lie for tests: the first output of a package is signed with another amount or policy than the one asked for. */
  cosignLie?: 'amount' | 'policy';
}

/** captaind's table of fees by remaining life, for refresh, offboard and Lightning. */
const PPM_TABLE = [
  { expiryBlocksThreshold: 0, ppm: 0n },
  { expiryBlocksThreshold: 97, ppm: 1000n },
  { expiryBlocksThreshold: 199, ppm: 4000n },
  { expiryBlocksThreshold: 2161, ppm: 8000n },
];

export const DEFAULT_CONFIG: ArkConfig = {
  network: 'regtest',
  minProtocolVersion: 4,
  maxProtocolVersion: 5,
  vtxoExitDelta: 144,
  vtxoLifetime: 4320,
  maxVtxoExitDepth: 100,
  maxArkoorFanout: 4,
  minBoardAmount: sats(20_000n),
  requiredBoardConfirmations: 3,
  htlcSendExpiryDelta: 258,
  htlcExpiryDelta: 40,
  maxUserInvoiceCltvDelta: 250,
  lnReceiveAntiDosRequired: false,
  invoiceExpirySecs: 48 * 3600,
  receiveForwardTimeoutSecs: 180,
  lnMaxFeePpm: 900_000n,
  maxReadMailboxItems: 100,
  maxOffboardInputs: 100,
  offboardFeerateSatVkb: 1000n,
  roundIntervalSecs: 10,
  roundSubmitMs: 2000,
  roundSignMs: 2000,
  forfeitNonceSecs: 30,
  nbRoundNonces: 8,
  extensions: SERVER_EXTENSIONS,
  fees: {
    board: { minFee: sats(330n), baseFee: sats(100n), ppm: 1000n },
    offboard: { baseFee: sats(200n), fixedAdditionalVb: 212n, ppmExpiryTable: PPM_TABLE },
    refresh: { baseFee: sats(150n), ppmExpiryTable: PPM_TABLE },
    lightningReceive: { baseFee: sats(100n), ppm: 2000n },
    lightningSend: { minFee: sats(10n), baseFee: sats(75n), ppmExpiryTable: PPM_TABLE },
  },
};
