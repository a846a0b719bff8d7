// What a server says about itself, parsed and checked before anything relies on it (ark-flows §1.3, §1.4).
// Amounts bigint, deltas in blocks. A server that fails a check is not used at all: it could strand coins.
import { unsortedEntry, type FeeSchedule } from '../ark/fees.ts';
import { EXIT_MARGIN, MAINNET_RENEWAL } from '../ark/margins.ts';
import type { Network } from '../bitcoin/network.ts';
import type { Curve } from '../crypto/curve.ts';
import { SkiffError } from '../errors.ts';
import { sats, type Sats } from '../units.ts';
import type {
  ArkInfo as ArkInfoMessage,
  FeeSchedule as FeeScheduleMessage,
  PpmExpiryFeeEntry,
} from './gen/bark_server_pb.js';

export interface ArkInfo {
  network: Network;
  /** 33 bytes; all coins commit to it. */
  serverPubkey: Uint8Array;
  /** 33 bytes; addresses are blinded with it. */
  mailboxPubkey: Uint8Array;
  fees: FeeSchedule;
  vtxoExitDelta: number;
  /** Life of a new board or round output. */
  vtxoLifetime: number;
  maxVtxoExitDepth: number;
  maxVtxoAmount?: Sats;
  minBoardAmount: Sats;
  requiredBoardConfirmations: number;
  /** A Lightning send's HTLC expires at tip + this. */
  htlcSendExpiryDelta: number;
  htlcExpiryDelta: number;
  maxUserInvoiceCltvDelta: number;
  lnReceiveAntiDosRequired: boolean;
  maxOffboardInputs: number;
  roundIntervalSecs: number;
  nbRoundNonces: number;
  /** Terms of service, shown once. */
  tosLink?: string;
  /** What it can do beyond captaind, of the things that we know. */
  extensions: readonly ServerExtension[];
}

/** docs/server-extensions.md */
export const SERVER_EXTENSIONS = [
  'partial-payments',
  'onion-mailbox',
  'bolt12-inject',
  'onion-htlc',
] as const;
export type ServerExtension = (typeof SERVER_EXTENSIONS)[number];

/** ark-lib `MAX_BLOCK_DELTA`: four of them still fit a relative lock time. */
const MAX_BLOCK_DELTA = 16_383;
const MIN_MAINNET_EXIT_DELTA = 96;
const MAX_ROUND_NONCES = 16;

const NETWORK_OF: Readonly<Record<string, Network>> = {
  bitcoin: 'mainnet',
  testnet: 'testnet',
  signet: 'signet',
  regtest: 'regtest',
};

const misbehaved = (field: string): SkiffError =>
  new SkiffError({
    code: 'SERVER_MISBEHAVED',
    say: 'The Ark server describes itself in a way that Skiff cannot read. It is not used.',
    details: { field },
  });

const unsafe = (field: string, value: number): SkiffError =>
  new SkiffError({
    code: 'SERVER_UNSAFE',
    say: 'The Ark server has settings that could put your coins at risk. It is not used.',
    details: { field, value },
  });

const table = (name: string, entries: readonly PpmExpiryFeeEntry[]) => {
  if (unsortedEntry(entries)) throw misbehaved(`fees.${name}`);
  return entries.map(({ expiryBlocksThreshold, ppm }) => ({ expiryBlocksThreshold, ppm }));
};

function readFees(message: FeeScheduleMessage | undefined): FeeSchedule {
  const { board, offboard, refresh, lightningReceive, lightningSend } = message ?? {};
  if (!board || !offboard || !refresh || !lightningReceive || !lightningSend) throw misbehaved('fees');
  return {
    board: { minFee: sats(board.minFeeSat), baseFee: sats(board.baseFeeSat), ppm: board.ppm },
    offboard: {
      baseFee: sats(offboard.baseFeeSat),
      fixedAdditionalVb: offboard.fixedAdditionalVb,
      ppmExpiryTable: table('offboard', offboard.ppmExpiryTable),
    },
    refresh: {
      baseFee: sats(refresh.baseFeeSat),
      ppmExpiryTable: table('refresh', refresh.ppmExpiryTable),
    },
    lightningReceive: { baseFee: sats(lightningReceive.baseFeeSat), ppm: lightningReceive.ppm },
    lightningSend: {
      minFee: sats(lightningSend.minFeeSat),
      baseFee: sats(lightningSend.baseFeeSat),
      ppmExpiryTable: table('lightningSend', lightningSend.ppmExpiryTable),
    },
  };
}

/**
 * Parses what the server sent. @throws SkiffError SERVER_MISBEHAVED
 */
export function parseArkInfo(message: ArkInfoMessage, curve: Pick<Curve, 'isPoint'>): ArkInfo {
  const network = NETWORK_OF[message.network];
  if (!network) throw misbehaved('network');
  for (const field of ['serverPubkey', 'mailboxPubkey'] as const)
    if (!curve.isPoint(message[field])) throw misbehaved(field);
  const delta = (field: string, value: number): number => {
    if (value > MAX_BLOCK_DELTA) throw misbehaved(field);
    return value;
  };
  if (message.maxVtxoExitDepth > 0xffff) throw misbehaved('maxVtxoExitDepth');
  return {
    network,
    serverPubkey: message.serverPubkey,
    mailboxPubkey: message.mailboxPubkey,
    fees: readFees(message.fees),
    vtxoExitDelta: delta('vtxoExitDelta', message.vtxoExitDelta),
    // servers from before the rename fill only the old field
    vtxoLifetime: delta('vtxoLifetime', message.vtxoLifetime || message.vtxoExpiryDelta),
    maxVtxoExitDepth: message.maxVtxoExitDepth,
    maxVtxoAmount: message.maxVtxoAmount === undefined ? undefined : sats(message.maxVtxoAmount),
    minBoardAmount: sats(message.minBoardAmount),
    requiredBoardConfirmations: delta('requiredBoardConfirmations', message.requiredBoardConfirmations),
    htlcSendExpiryDelta: delta('htlcSendExpiryDelta', message.htlcSendExpiryDelta),
    htlcExpiryDelta: delta('htlcExpiryDelta', message.htlcExpiryDelta),
    maxUserInvoiceCltvDelta: delta('maxUserInvoiceCltvDelta', message.maxUserInvoiceCltvDelta),
    lnReceiveAntiDosRequired: message.lnReceiveAntiDosRequired,
    maxOffboardInputs: message.maxOffboardInputs,
    roundIntervalSecs: message.roundIntervalSecs,
    nbRoundNonces: message.nbRoundNonces,
    tosLink: message.tosLink && /^https?:\/\//.test(message.tosLink) ? message.tosLink : undefined,
    extensions: SERVER_EXTENSIONS.filter((name) => message.extensions.includes(name)),
  };
}

/** Refuses settings under which coins could be lost. @throws SkiffError SERVER_UNSAFE */
export function assertSafe(info: ArkInfo): void {
  if (info.vtxoExitDelta === 0) throw unsafe('vtxoExitDelta', 0);
  if (info.nbRoundNonces === 0) throw unsafe('nbRoundNonces', 0);
  if (info.network !== 'mainnet') return;
  // A new coin must be there long enough to be renewed in time, and to leave by the chain when that fails.
  const least = info.requiredBoardConfirmations + MAINNET_RENEWAL + info.vtxoExitDelta + EXIT_MARGIN;
  if (info.vtxoLifetime <= least) throw unsafe('vtxoLifetime', info.vtxoLifetime);
  if (info.vtxoExitDelta < MIN_MAINNET_EXIT_DELTA) throw unsafe('vtxoExitDelta', info.vtxoExitDelta);
  if (info.nbRoundNonces > MAX_ROUND_NONCES) throw unsafe('nbRoundNonces', info.nbRoundNonces);
}

/** @throws SkiffError WRONG_NETWORK */
export function assertNetwork(info: ArkInfo, wallet: Network): void {
  if (info.network === wallet) return;
  throw new SkiffError({
    code: 'WRONG_NETWORK',
    say: `This Ark server works on ${info.network}, your wallet on ${wallet}. Nothing was sent.`,
    details: { server: info.network, wallet },
  });
}
