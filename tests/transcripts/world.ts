// What all transcripts together tell: the chain, the server's keys, the two wallets' keys, every VTXO that was seen.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mnemonicToSeedSync } from '@scure/bip39';
import { deriveWalletKeys } from '../../src/ark/keys.ts';
import type { WalletKeys } from '../../src/ark/keys.ts';
import type { Tx } from '../../src/ark/tx.ts';
import { decodeVtxo, encodeVtxo, vtxoId } from '../../src/ark/vtxo.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { validateVtxo, validateVtxoUnsigned } from '../../src/ark/validate.ts';
import { txidText, vtxoIdFromBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import type { ArkInfo } from '../../src/server/gen/bark_server_pb.js';
import type { Tally } from './tally.ts';
import { readChain } from './transcript.ts';
import type { Call } from './transcript.ts';
import { messagesIn, ofType } from './walk.ts';

/** More indices than any wallet of the transcripts has used. */
const KEYS = 60;

export interface Owner {
  wallet: string;
  keys: WalletKeys;
  index: number;
}

export interface World {
  chain: Map<string, Tx>;
  serverPubkey: Uint8Array;
  mailboxPubkey: Uint8Array;
  wallets: Map<string, WalletKeys>;
  /** Which wallet's vtxo key is this? */
  ownerOf(publicKey: Uint8Array): Owner | undefined;
  /** A VTXO that any transcript carries, by its 36 wire bytes. */
  vtxo(id: Uint8Array): Vtxo | undefined;
}

/** Fields that carry encoded VTXOs, by message. */
const SIGNED: Readonly<Record<string, string>> = {
  RegisterVtxoTransactionsRequest: 'vtxos',
  BoardVtxoRequest: 'boardVtxo',
  PostArkoorMessageRequest: 'vtxos',
  ArkoorMessage: 'vtxos',
  GetVtxoResponse: 'vtxo',
  GetVtxosByIdsResponse: 'vtxos',
  RecoveredVtxo: 'vtxo',
  PrepareLightningReceiveClaimResponse: 'htlcVtxos',
};
/** Round outputs are shown before the wallet has unlocked them. */
const UNSIGNED: Readonly<Record<string, string>> = { RoundParticipationStatusResponse: 'outputVtxos' };

function encodedVtxos(call: Call, fields: Readonly<Record<string, string>>): Uint8Array[] {
  return messagesIn([...call.requests, ...call.responses]).flatMap((message) => {
    const field = fields[message.$typeName.split('.').at(-1) ?? ''];
    return field === undefined ? [] : ([message[field]].flat() as Uint8Array[]);
  });
}

function checkVtxo(
  bytes: Uint8Array,
  chain: Map<string, Tx>,
  signed: boolean,
  tally: Tally,
  label: string,
): Vtxo | undefined {
  let vtxo: Vtxo | undefined;
  tally.attempt(signed ? 'VTXOs valid' : 'unsigned VTXOs valid', label, () => {
    vtxo = decodeVtxo(curve, bytes, 'full');
    const anchor = chain.get(txidText(vtxo.anchor.txid));
    if (!anchor) throw new Error(`anchor ${txidText(vtxo.anchor.txid)} is not in the chain`);
    (signed ? validateVtxo : validateVtxoUnsigned)(curve, vtxo, anchor);
  });
  // A version 1 encoding is written as version 2; everything else comes back byte for byte.
  if (vtxo && bytes[0] === 2)
    tally.check('VTXOs encoded again', equalBytes(encodeVtxo(vtxo, 'full'), bytes), label);
  return vtxo;
}

export function buildWorld(folder: string, calls: readonly Call[], tallyOf: (file: string) => Tally): World {
  const chain = readChain(folder);
  const vtxos = new Map<string, Vtxo>();
  for (const call of calls) {
    for (const [fields, signed] of [
      [SIGNED, true],
      [UNSIGNED, false],
    ] as const) {
      for (const bytes of encodedVtxos(call, fields)) {
        const vtxo = checkVtxo(bytes, chain, signed, tallyOf(call.file), `${call.file} ${call.method}`);
        if (vtxo) vtxos.set(vtxoId(vtxo), vtxo);
      }
    }
  }
  const [info] = ofType<ArkInfo>(
    calls.flatMap((c) => c.responses),
    'ArkInfo',
  );
  if (!info) throw new Error('no ArkInfo in the transcripts');
  const file = JSON.parse(readFileSync(join(folder, 'wallets.json'), 'utf8')) as {
    wallets: Record<string, string>;
  };
  const wallets = new Map(
    Object.entries(file.wallets).map(([name, words]) => [name, deriveWalletKeys(mnemonicToSeedSync(words))]),
  );
  const owners = new Map<string, Owner>();
  for (const [wallet, keys] of wallets) {
    for (let index = 0; index < KEYS; index++) {
      owners.set(toHex(keys.vtxoPublicKey(index)), { wallet, keys, index });
    }
  }
  return {
    chain,
    serverPubkey: info.serverPubkey,
    mailboxPubkey: info.mailboxPubkey,
    wallets,
    ownerOf: (publicKey) => owners.get(toHex(publicKey)),
    vtxo: (id) => vtxos.get(vtxoIdText(vtxoIdFromBytes(id))),
  };
}
