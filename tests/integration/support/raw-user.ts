// A user of the Ark server made of bare protocol steps: no wallet, no checks of its own, so that tests can send exactly
// the request they want refused. Transactions come from the devnet's own derivation.
import { randomBytes } from 'node:crypto';
import { createClient, type Client } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import {
  buildPart,
  type BuiltPart,
  type Destination,
  type Signable,
} from '../../../devnet/ark/arkoor-build.ts';
import type { Devnet } from '../../../devnet/index.ts';
import { encodeWith, type TxOut } from '../../../src/ark/encode.ts';
import { boardFee } from '../../../src/ark/fees.ts';
import { blindMailbox, mailboxAuthorization } from '../../../src/ark/mailbox.ts';
import { policyTxOut } from '../../../src/ark/policy-taproot.ts';
import { encodePolicy, type UserPolicy } from '../../../src/ark/policy.ts';
import { feeAnchor } from '../../../src/ark/script.ts';
import { cosignTaproot } from '../../../src/ark/taproot.ts';
import { parseTx, taprootSighash, txid, type Tx } from '../../../src/ark/tx.ts';
import { parseTxid, vtxoIdBytes } from '../../../src/ark/vtxo-id.ts';
import { encodeVtxo, type Vtxo } from '../../../src/ark/vtxo.ts';
import { concat, equalBytes } from '../../../src/crypto/bytes.ts';
import type { NoncePair } from '../../../src/crypto/curve.ts';
import { sha256 } from '../../../src/crypto/hash.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { ArkService } from '../../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../../src/server/gen/mailbox_server_pb.js';
import { sats } from '../../../src/units.ts';

export interface Key {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

const random = () => new Uint8Array(randomBytes(32));
const ascii = (text: string) => new TextEncoder().encode(text);

export function freshKey(): Key {
  const secret = random();
  return { secret, public: curve.publicKey(secret) };
}

export const pubkeyTo = (key: Key): UserPolicy => ({ type: 'pubkey', userPubkey: key.public });

export interface Clients {
  readonly ark: Client<typeof ArkService>;
  readonly mailbox: Client<typeof MailboxService>;
}

/** Both services over native gRPC, with protocol version 5 unless told otherwise. */
export function connectTo(devnet: Devnet, pver: string | undefined = '5'): Clients {
  const transport = createGrpcTransport({
    baseUrl: devnet.arkUrl,
    interceptors: [
      (next) => (req) => {
        if (pver !== undefined) req.header.set('pver', pver);
        return next(req);
      },
    ],
  });
  return { ark: createClient(ArkService, transport), mailbox: createClient(MailboxService, transport) };
}

const newNonce = (key: Key): NoncePair =>
  curve.generateNonce({ random: random(), publicKey: key.public, secretKey: key.secret });

function sign(
  devnet: Devnet,
  key: Key,
  nonce: NoncePair,
  server: { nonce: Uint8Array; partial: Uint8Array },
  what: Pick<Signable, 'sighash' | 'tweak'>,
): Uint8Array {
  const session = {
    keys: [key.public, devnet.ark.serverPubkey],
    aggregateNonce: curve.aggregateNonces([nonce.public, server.nonce]),
    message: what.sighash,
    tweak: what.tweak,
  };
  if (!curve.partialVerify(session, server.partial, server.nonce, devnet.ark.serverPubkey)) {
    throw new Error('the server signed something else');
  }
  return curve.aggregatePartials(session, [
    curve.partialSign(session, nonce.secret, key.secret),
    server.partial,
  ]);
}

/** A board whose funding transaction is in the mempool: the request for its cosignature, and how to finish it. */
export function prepareBoard(
  devnet: Devnet,
  key: Key,
  amountSat: bigint,
  lifetime = devnet.ark.config.vtxoLifetime,
) {
  const { chain, ark } = devnet;
  const expiryHeight = chain.height() + lifetime;
  const taproot = cosignTaproot(curve, [key.public, ark.serverPubkey], ark.serverPubkey, expiryHeight);
  const fundingId = chain.pay(taproot.script, amountSat);
  const fundingTx = chain.tx(fundingId)?.tx.raw as Uint8Array;
  const funding = parseTx(fundingTx);
  const vout = funding.outputs.findIndex((out) => equalBytes(out.script, taproot.script));
  const utxo = { txid: parseTxid(fundingId), vout };
  const nonce = newNonce(key);
  const request = {
    amount: amountSat,
    utxo: vtxoIdBytes(utxo),
    expiryHeight,
    userPubkey: key.public,
    pubNonce: nonce.public,
    fundingTx,
  };
  const finish = (answer: { pubNonce: Uint8Array; partialSig: Uint8Array }): Vtxo => {
    const fee = boardFee(ark.config.fees.board, sats(amountSat));
    const amount = sats(amountSat - fee);
    const context = { serverPubkey: ark.serverPubkey, exitDelta: ark.config.vtxoExitDelta, expiryHeight };
    const policy = pubkeyTo(key);
    const exit: Tx = {
      version: 3,
      lockTime: 0,
      inputs: [{ prevout: utxo, sequence: 0 }],
      outputs: [policyTxOut(curve, policy, amount, context), feeAnchor(fee)],
    };
    const spent: TxOut = { value: sats(amountSat), script: taproot.script };
    const what = { sighash: taprootSighash(exit, 0, [spent]), tweak: taproot.tweak };
    const signature = sign(devnet, key, nonce, { nonce: answer.pubNonce, partial: answer.partialSig }, what);
    const transition = { type: 'cosigned' as const, pubkeys: [key.public, ark.serverPubkey], signature };
    return {
      ...context,
      amount,
      anchor: utxo,
      genesis: [{ transition, outputIdx: 0, otherOutputs: [], feeAmount: fee }],
      policy,
      point: { txid: txid(exit), vout: 0 },
    };
  };
  return { request, finish };
}

/** A board that the server has taken in. */
export async function board(devnet: Devnet, { ark }: Clients, key: Key, amountSat: bigint): Promise<Vtxo> {
  const { request, finish } = prepareBoard(devnet, key, amountSat);
  const vtxo = finish(await ark.requestBoardCosign(request));
  devnet.chain.mine(devnet.ark.config.requiredBoardConfirmations);
  await ark.registerBoardVtxo({ boardVtxo: encodeVtxo(vtxo, 'full') });
  return vtxo;
}

export interface Spend {
  readonly vtxo: Vtxo;
  readonly key: Key;
  readonly outputs: readonly Destination[];
  readonly isolated?: readonly Destination[];
}

/** Signature that the owner of a coin wants exactly these outputs. */
export function arkoorAttestation({ vtxo, key, outputs, isolated = [] }: Spend): Uint8Array {
  const all = [...outputs, ...isolated];
  const body = encodeWith((w) => {
    w.outPoint(vtxo.point).u32(all.length);
    for (const out of all) w.u64(out.amount).bytes(encodePolicy(out.policy));
  });
  return curve.schnorrSign(
    sha256(concat(ascii('arkoor cosign attestation       '), body)),
    key.secret,
    random(),
  );
}

/** Signature that answers who owns a coin. */
export const statusAttestation = (vtxo: Vtxo, key: Key): Uint8Array =>
  curve.schnorrSign(
    sha256(concat(ascii('Ark VTXO status query challenge '), vtxoIdBytes(vtxo.point))),
    key.secret,
    random(),
  );

/** A cosign request with fresh nonces and what turns its answer into signed coins. */
export function prepareSpend(devnet: Devnet, spends: readonly Spend[]) {
  const built: BuiltPart[] = [];
  const nonces: NoncePair[][] = [];
  const parts = spends.map((spend) => {
    const part = buildPart(curve, spend.vtxo, spend.outputs, spend.isolated ?? []);
    const fresh = part.signables.map(() => newNonce(spend.key));
    built.push(part);
    nonces.push(fresh);
    const wire = ({ amount, policy }: Destination) => ({
      totalAmount: amount as bigint,
      policy: encodePolicy(policy),
    });
    return {
      inputVtxoId: vtxoIdBytes(spend.vtxo.point),
      outputs: spend.outputs.map(wire),
      isolatedOutputs: (spend.isolated ?? []).map(wire),
      userPubNonces: fresh.map((nonce) => nonce.public),
      useCheckpoint: true,
      attestation: arkoorAttestation(spend),
    };
  });
  const finish = (answer: {
    parts: readonly { serverPubNonces: Uint8Array[]; serverPartialSigs: Uint8Array[] }[];
  }): Vtxo[] =>
    spends.flatMap((spend, p) => {
      const part = built[p] as BuiltPart;
      const signatures = part.signables.map((signable, i) =>
        sign(
          devnet,
          spend.key,
          nonces[p]?.[i] as NoncePair,
          {
            nonce: answer.parts[p]?.serverPubNonces[i] as Uint8Array,
            partial: answer.parts[p]?.serverPartialSigs[i] as Uint8Array,
          },
          signable,
        ),
      );
      return part.vtxos.map((vtxo, i) =>
        withSignatures(vtxo, [signatures[0], signatures[Math.min(1 + i, signatures.length - 1)]]),
      );
    });
  return { parts, finish };
}

/** Puts signatures into the last items of a genesis. */
function withSignatures(vtxo: Vtxo, signatures: readonly (Uint8Array | undefined)[]): Vtxo {
  const first = vtxo.genesis.length - signatures.length;
  const genesis = vtxo.genesis.map((item, i) =>
    i < first ? item : { ...item, transition: { ...item.transition, signature: signatures[i - first] } },
  );
  return { ...vtxo, genesis };
}

/** Cosigns and registers in one go. */
export async function spend(devnet: Devnet, { ark }: Clients, spends: readonly Spend[]): Promise<Vtxo[]> {
  const { parts, finish } = prepareSpend(devnet, spends);
  const vtxos = finish(await ark.requestArkoorCosign({ parts }));
  await ark.registerVtxoTransactions({ vtxos: vtxos.map((vtxo) => encodeVtxo(vtxo, 'full')) });
  return vtxos;
}

/** Authorization for a mailbox, by default for the next ten minutes. */
export const authorize = (devnet: Devnet, mailbox: Key, seconds = 600): Uint8Array =>
  mailboxAuthorization(
    curve,
    mailbox.secret,
    BigInt(Math.floor(devnet.clock.now() / 1000) + seconds),
    random(),
  );

/** The address under which a sender reaches `mailbox` with coins of `key`. */
export const blindedFor = (devnet: Devnet, mailbox: Key, key: Key): Uint8Array =>
  blindMailbox(curve, mailbox.public, key.secret, devnet.ark.mailboxPubkey);
