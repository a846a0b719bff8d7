// A small Ark server for the client's tests: answers Handshake and GetArkInfo, the rest as the test says.
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from '@connectrpc/connect';
import { create } from '@bufbuild/protobuf';
import { vi } from 'vitest';
import type { ConnectOptions } from '../../../src/server/connect.ts';
import { ArkInfoSchema, ArkService, type ArkInfo } from '../../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../../src/server/gen/mailbox_server_pb.js';

export const key = (byte: number): Uint8Array => new Uint8Array(33).fill(byte).fill(2, 0, 1);

export const arkInfo = (change: Partial<ArkInfo> = {}): ArkInfo => {
  const info = create(ArkInfoSchema, {
    network: 'regtest',
    serverPubkey: key(7),
    mailboxPubkey: key(8),
    roundIntervalSecs: 30,
    nbRoundNonces: 10,
    vtxoExitDelta: 12,
    vtxoLifetime: 432,
    htlcSendExpiryDelta: 258,
    htlcExpiryDelta: 40,
    requiredBoardConfirmations: 3,
    maxUserInvoiceCltvDelta: 250,
    minBoardAmount: 20_000n,
    maxVtxoExitDepth: 5,
    maxOffboardInputs: 20,
    fees: {
      board: { minFeeSat: 1n, baseFeeSat: 2n, ppm: 3n },
      offboard: { baseFeeSat: 4n, fixedAdditionalVb: 5n, ppmExpiryTable: [] },
      refresh: {
        baseFeeSat: 6n,
        ppmExpiryTable: [
          { expiryBlocksThreshold: 1, ppm: 10n },
          { expiryBlocksThreshold: 100, ppm: 20n },
        ],
      },
      lightningReceive: { baseFeeSat: 7n, ppm: 8n },
      lightningSend: { minFeeSat: 9n, baseFeeSat: 10n, ppmExpiryTable: [] },
    },
  });
  return Object.assign(info, change);
};

export interface Script {
  handshake?: () => { min?: bigint; max?: bigint; psa?: string };
  info?: () => ArkInfo;
  ark?: Partial<ServiceImpl<typeof ArkService>>;
  mailbox?: Partial<ServiceImpl<typeof MailboxService>>;
}

export const arkImpl = (script: Script): Partial<ServiceImpl<typeof ArkService>> => ({
  handshake: () => {
    const { min = 1n, max = 5n, psa } = script.handshake?.() ?? {};
    return { minProtocolVersion: min, maxProtocolVersion: max, psa };
  },
  getArkInfo: (_request, context) => {
    if (context.requestHeader.get('pver') !== '5')
      throw new ConnectError('bad user input: missing pver header', Code.InvalidArgument);
    return script.info?.() ?? arkInfo();
  },
  ...script.ark,
});

/** Options that reach the scripted server without a network. */
export function reach(script: Script, change: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    makeTransport: (interceptors) =>
      createRouterTransport(
        (router) => {
          router.service(ArkService, arkImpl(script));
          router.service(MailboxService, script.mailbox ?? {});
        },
        { transport: { interceptors } },
      ),
    network: 'regtest',
    pins: { check: vi.fn(async () => undefined) },
    curve: { isPoint: (p) => p.length === 33 && (p[0] === 2 || p[0] === 3) },
    now: () => 1_700_000_000_000,
    ...change,
  };
}
