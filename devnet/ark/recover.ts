// RecoverVtxosByXpub: the coins of an account, key after key, for whoever can sign with its secret.
import { base58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { xpubRecoveryPreimage } from '../../src/ark/mailbox.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { RecoverVtxosByXpubRequest } from '../../src/server/gen/bark_server_pb.js';
import { badArgument } from '../grpc/status.ts';
import type { ArkContext } from './context.ts';
import type { VtxoRow } from './state.ts';
import { clientState } from './vtxos.ts';

/** Keys in one answer. */
const SCAN = 250;
const LEEWAY = 5n;
const LONGEST = 600n;
const AUTHORIZATION_LENGTH = 72;
/** The library reads mainnet versions only; the bytes behind it are the same. */
const MAINNET_XPUB = Uint8Array.of(0x04, 0x88, 0xb2, 0x1e);

function readXpub(bytes: Uint8Array): HDKey {
  const copy = bytes.slice();
  copy.set(MAINNET_XPUB);
  try {
    return HDKey.fromExtendedKey(base58check(sha256).encode(copy));
  } catch {
    throw badArgument('invalid xpub');
  }
}

function checkAuthorization(ctx: ArkContext, { xpub, authorization }: RecoverVtxosByXpubRequest, key: HDKey) {
  const { curve, now, serverKey } = ctx;
  if (authorization.length !== AUTHORIZATION_LENGTH) throw badArgument('invalid authorization');
  const expiry = new DataView(authorization.buffer, authorization.byteOffset, 8).getBigInt64(0, true);
  const seconds = BigInt(Math.floor(now() / 1000));
  if (expiry < seconds - LEEWAY) throw badArgument('authorization expired');
  if (expiry > seconds + LONGEST + LEEWAY) throw badArgument('authorization is valid for too long');
  const digest = sha256(xpubRecoveryPreimage(serverKey.public, xpub, expiry));
  const publicKey = key.publicKey ?? new Uint8Array(33);
  if (!curve.schnorrVerify(authorization.subarray(8), digest, publicKey.subarray(1)))
    throw badArgument('invalid authorization');
}

/** Public keys by xpub (hex) and index: a restore asks for the same ones again and again. */
const derived = new Map<string, (string | undefined)[]>();

function keyAt(xpub: Uint8Array, account: HDKey, index: number): string | undefined {
  const known = derived.get(toHex(xpub)) ?? [];
  derived.set(toHex(xpub), known);
  if (!(index in known)) {
    const { publicKey } = account.deriveChild(index);
    known[index] = publicKey ? toHex(publicKey) : undefined;
  }
  return known[index];
}

/** @throws ConnectError INVALID_ARGUMENT */
export function recoverByXpub(ctx: ArkContext, request: RecoverVtxosByXpubRequest) {
  if (request.xpub.length !== 78) throw badArgument('invalid xpub');
  const account = readXpub(request.xpub);
  checkAuthorization(ctx, request, account);
  const byKey = new Map<string, VtxoRow[]>();
  for (const row of ctx.state.vtxos.values()) {
    const key = toHex(row.vtxo.policy.userPubkey);
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  const vtxos: { vtxo: Uint8Array; derivationIndex: number; spendState: number }[] = [];
  for (let index = request.startIndex; index < request.startIndex + SCAN; index++) {
    const key = keyAt(request.xpub, account, index);
    for (const row of (key !== undefined && byKey.get(key)) || [])
      vtxos.push({ vtxo: row.bytes, derivationIndex: index, spendState: clientState(row) });
  }
  return { vtxos, nbKeysScanned: SCAN, haveMore: vtxos.length > 0 };
}
