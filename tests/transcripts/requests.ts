// Requests that a wallet makes of nothing but its seed, the chain and what the server said before: built again and compared
// as a whole. What is random in them (nonces, signatures over fresh randomness, one-time keys) is taken over, and verified
// by the other checks.
import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { offboardFee, blocksToExpiry } from '../../src/ark/fees.ts';
import { decodeForfeitBundle } from '../../src/ark/forfeit.ts';
import { encodePolicy } from '../../src/ark/policy.ts';
import { vtxoIdBytes, vtxoIdFromBytes, vtxoIdText } from '../../src/ark/vtxo-id.ts';
import { decodeVtxo, vtxoId, type Vtxo } from '../../src/ark/vtxo.ts';
import { equalBytes, toHex } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { parseArkInfo } from '../../src/server/ark-info.ts';
import * as ark from '../../src/server/gen/bark_server_pb.js';
import type * as box from '../../src/server/gen/mailbox_server_pb.js';
import { sats } from '../../src/units.ts';
import { splitChange } from '../../src/wallet/coins/split.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { messagesIn, ofType } from './walk.ts';
import type { Owner, World } from './world.ts';

const idOf = (bytes: Uint8Array): string => vtxoIdText(vtxoIdFromBytes(bytes));
const ids = (list: readonly Uint8Array[]): string => list.map(idOf).join();
const sorted = (list: readonly Uint8Array[]): string => list.map(idOf).sort().join();
const idsOf = (vtxos: readonly Uint8Array[]): Uint8Array[] =>
  vtxos.map((bytes) => vtxoIdBytes(decodeVtxo(curve, bytes, 'full').point));
const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

/** The request is exactly what we would have sent. */
const same = <D extends DescMessage>(desc: D, sent: unknown, ours: MessageInitShape<D>): boolean =>
  equalBytes(toBinary(desc, create(desc, ours)), toBinary(desc, sent as never));

/** Every public key that occurs in messages, as text. */
const keysIn = (values: readonly unknown[]): Set<string> => {
  const found = new Set<string>();
  for (const message of values.flatMap((v) => messagesIn(v)))
    for (const value of Object.values(message))
      for (const one of [value].flat())
        if (one instanceof Uint8Array)
          for (let at = 0; at + 33 <= one.length; at++)
            if (one[at] === 2 || one[at] === 3) found.add(toHex(one.subarray(at, at + 33)));
  return found;
};

interface Scene {
  name: string;
  calls: readonly Call[];
  /** Keys that occurred before this file. */
  before: ReadonlySet<string>;
  world: World;
  tally: Tally;
}

/** A key of the wallet that nobody had seen. @throws Error when it is none */
function freshKey({ before, world }: Scene, policy: Uint8Array, wallet: string): Owner {
  const pubkey = policy.subarray(1);
  const owner = world.ownerOf(pubkey);
  if (owner?.wallet !== wallet) throw new Error('not a key of this wallet');
  if (before.has(toHex(pubkey))) throw new Error('a key that was used before');
  return owner;
}
const ours = (policy: Owner): Uint8Array =>
  encodePolicy({ type: 'pubkey', userPubkey: policy.keys.vtxoPublicKey(policy.index) });

const ownerOf = ({ world }: Scene, id: Uint8Array): { coin: Vtxo; owner: Owner } => {
  const coin = world.vtxo(id);
  const owner = coin && world.ownerOf(coin.policy.userPubkey);
  if (!coin || !owner) throw new Error(`${idOf(id)} is no coin of a wallet`);
  return { coin, owner };
};

/** The request of a call that follows `after`, of one type. */
const next = <T extends { $typeName: string }>(calls: readonly Call[], after: number, type: string) =>
  calls.slice(after + 1).flatMap((c) => ofType<T & never>(c.requests, type) as unknown as T[])[0];

function refreshes(scene: Scene): void {
  const { calls, tally, name } = scene;
  calls.forEach((call, at) => {
    const [delegated] = ofType<ark.RoundParticipationRequest>(call.requests, 'RoundParticipationRequest');
    const [attended] = ofType<ark.SubmitPaymentRequest>(call.requests, 'SubmitPaymentRequest');
    const submit = delegated ?? attended;
    const [answer] = [
      ...ofType<ark.RoundParticipationResponse>(call.responses, 'RoundParticipationResponse'),
      ...ofType<ark.SubmitPaymentResponse>(call.responses, 'SubmitPaymentResponse'),
    ];
    if (!submit || !answer) return;
    const inputs = submit.inputVtxos.map((i) => i.vtxoId);
    const kind = delegated ? 'delegated rounds' : 'attended rounds';
    tally.attempt(`requests rebuilt: ${kind}`, name, () => {
      const { owner } = ownerOf(scene, inputs[0]!);
      const policy = delegated?.vtxoRequests[0]?.policy ?? attended?.vtxoRequests[0]?.vtxo?.policy;
      const amount = delegated?.vtxoRequests[0]?.amount ?? attended?.vtxoRequests[0]?.vtxo?.amount;
      const wanted = { amount, policy: ours(freshKey(scene, policy ?? new Uint8Array(), owner.wallet)) };
      const unblindedMailboxId = owner.keys.mailbox().publicKey;
      const inputVtxos = submit.inputVtxos.map(({ vtxoId: id, attestation }) => ({
        vtxoId: vtxoIdBytes(ownerOf(scene, id).coin.point),
        attestation,
      }));
      if (delegated)
        return same(ark.RoundParticipationRequestSchema, delegated, {
          inputVtxos,
          vtxoRequests: [wanted],
          unblindedMailboxId,
        });
      const [{ cosignPubkey, publicNonces }] = attended!.vtxoRequests as [ark.SignedVtxoRequest];
      return same(ark.SubmitPaymentRequestSchema, attended, {
        inputVtxos,
        vtxoRequests: [{ vtxo: wanted, cosignPubkey, publicNonces }],
        unblindedMailboxId,
      });
    });
    const [registered] = ofType<ark.RegisterVtxoTransactionsRequest>(
      calls[at - 1]?.requests ?? [],
      'RegisterVtxoTransactionsRequest',
    );
    tally.check(
      'requests rebuilt: chains of a round',
      ids(idsOf(registered?.vtxos ?? [])) === ids(inputs),
      name,
    );
    for (const status of ofType<ark.RoundParticipationStatusRequest>(
      calls.flatMap((c) => c.requests),
      'RoundParticipationStatusRequest',
    ))
      tally.check(
        'requests rebuilt: state of a round',
        equalBytes(status.unlockHash, answer.unlockHash),
        name,
      );
    const nonces = next<ark.ForfeitNoncesRequest>(calls, at, 'ForfeitNoncesRequest');
    const forfeits = next<ark.ForfeitVtxosRequest>(calls, at, 'ForfeitVtxosRequest');
    const leaf = next<ark.LeafVtxoCosignRequest>(calls, at, 'LeafVtxoCosignRequest');
    tally.check(
      'requests rebuilt: nonces for forfeits',
      same(ark.ForfeitNoncesRequestSchema, nonces, { unlockHash: answer.unlockHash, vtxoIds: inputs }),
      name,
    );
    const points =
      forfeits?.forfeitBundles.map((b) => vtxoIdBytes(decodeForfeitBundle(curve, b).point)) ?? [];
    tally.check('requests rebuilt: forfeits in order', ids(points) === ids(inputs), name);
    tally.attempt('requests rebuilt: last signature of the new coin', name, () => {
      const shown = ofType<ark.RoundParticipationStatusResponse>(
        calls.flatMap((c) => c.responses),
        'RoundParticipationStatusResponse',
      ).flatMap((s) => idsOf(s.outputVtxos));
      const { owner } = ownerOf(scene, leaf?.vtxoId ?? new Uint8Array());
      const isShown = attended !== undefined || shown.some((id) => ids([id]) === ids([leaf!.vtxoId]));
      return isShown && owner.wallet === ownerOf(scene, inputs[0]!).owner.wallet;
    });
    const after = calls.findIndex((c) => ofType(c.requests, 'ForfeitVtxosRequest').length > 0);
    const stored = next<ark.RegisterVtxoTransactionsRequest>(calls, after, 'RegisterVtxoTransactionsRequest');
    const posted = next<box.PostRecoveryVtxoIdsRequest>(calls, after, 'PostRecoveryVtxoIdsRequest');
    tally.check('requests rebuilt: new coins', ids(idsOf(stored?.vtxos ?? [])) === ids([leaf!.vtxoId]), name);
    tally.check(
      'requests rebuilt: recovery ids',
      sorted(posted?.vtxoIds ?? []) === sorted([leaf!.vtxoId]),
      name,
    );
  });
}

function offboards(scene: Scene, info: ReturnType<typeof parseArkInfo>, tip: number): void {
  const { calls, tally, name } = scene;
  calls.forEach((call, at) => {
    const [prepare] = ofType<ark.PrepareOffboardRequest>(call.requests, 'PrepareOffboardRequest');
    if (!prepare?.offboard) return;
    const { netAmountSat, offboardSpk, deductFeesFromGrossAmount: whole } = prepare.offboard;
    const [quote] = ofType<ark.OffboardFeeRateResponse>(
      calls.slice(0, at).flatMap((c) => c.responses),
      'OffboardFeeRateResponse',
    );
    const feeRateKwu = (quote?.satVkb ?? 0n) / 4n;
    const feeOf = (amount: bigint, coins: readonly Vtxo[]) =>
      offboardFee(
        info.fees.offboard,
        sats(amount),
        coins.map((c) => ({ amount: c.amount, blocksToExpiry: blocksToExpiry(c.expiryHeight, tip) })),
        { scriptLength: offboardSpk.length, feeRateKwu },
      );
    const coins = prepare.inputVtxoIds.map((id) => ownerOf(scene, id).coin);
    const gross = sum(coins.map((c) => c.amount));
    tally.attempt('requests rebuilt: offboards', name, () =>
      same(ark.PrepareOffboardRequestSchema, prepare, {
        inputVtxoIds: coins.map((c) => vtxoIdBytes(c.point)),
        attestation: prepare.attestation,
        offboard: {
          netAmountSat: whole ? gross - feeOf(gross, coins) : netAmountSat,
          offboardSpk,
          deductFeesFromGrossAmount: whole,
          feeRateKwu,
        },
      }),
    );
    const [cut] = ofType<ark.ArkoorPackageCosignRequest>(
      calls.flatMap((c) => c.requests),
      'ArkoorPackageCosignRequest',
    );
    if (whole || !cut) return;
    tally.attempt('requests rebuilt: cuts for the chain', name, () => {
      const inputs = cut.parts.map((p) => ownerOf(scene, p.inputVtxoId));
      const paid = sats(
        netAmountSat +
          feeOf(
            netAmountSat,
            inputs.map((i) => i.coin),
          ),
      );
      const change = sats(sum(inputs.map((i) => i.coin.amount)) - paid);
      const [part] = cut.parts as [ark.ArkoorCosignRequest];
      const { wallet } = inputs[0]!.owner;
      const [exact, back] = [part.outputs[0]!, part.outputs[1]!].map((o) =>
        freshKey(scene, o.policy, wallet),
      );
      if (exact!.index === back!.index) throw new Error('one key for both');
      return same(ark.ArkoorCosignRequestSchema, part, {
        userPubNonces: part.userPubNonces,
        attestation: part.attestation,
        inputVtxoId: vtxoIdBytes(inputs[0]!.coin.point),
        outputs: [
          { totalAmount: paid, policy: ours(exact!) },
          ...splitChange(change, paid, 2).map((totalAmount) => ({ totalAmount, policy: ours(back!) })),
        ],
        isolatedOutputs: [],
        useCheckpoint: true,
      });
    });
    tally.attempt('requests rebuilt: the cut coin is what is offboarded', name, () => {
      const { coin, owner } = ownerOf(scene, prepare.inputVtxoIds[0]!);
      const [part] = cut.parts as [ark.ArkoorCosignRequest];
      return equalBytes(ours(owner), part.outputs[0]!.policy) && coin.amount === part.outputs[0]!.totalAmount;
    });
  });
}

function recoveries({ calls, tally, name, world }: Scene): void {
  const [scan] = ofType<ark.RecoverVtxosByXpubRequest>(
    calls.flatMap((c) => c.requests),
    'RecoverVtxosByXpubRequest',
  );
  if (!scan || !name.startsWith('13')) return;
  const wallet = [...world.wallets.values()].find((w) => equalBytes(w.vtxoAccount(true).xpub, scan.xpub));
  tally.attempt('requests rebuilt: account scans', name, () =>
    same(ark.RecoverVtxosByXpubRequestSchema, scan, {
      xpub: wallet!.vtxoAccount(true).xpub,
      startIndex: 0,
      authorization: scan.authorization,
    }),
  );
  const reads = calls.filter((c) => c.method === 'ReadMailbox');
  const [main, recovery] = reads.map((c) => ofType<box.MailboxRequest>(c.requests, 'MailboxRequest')[0]);
  tally.check(
    'requests rebuilt: mailboxes from their beginnings',
    equalBytes(main!.mailboxId, wallet!.mailbox().publicKey) &&
      equalBytes(recovery!.mailboxId, wallet!.recoveryMailbox().publicKey) &&
      main!.checkpoint === 0n &&
      recovery!.checkpoint === 0n,
    name,
  );
  const told = (call: Call | undefined) =>
    ofType<box.RecoveryVtxoIdsMessage>(call?.responses ?? [], 'RecoveryVtxoIdsMessage').flatMap(
      (m) => m.vtxoIds,
    );
  const bodies = ofType<box.ArkoorMessage>(reads[0]?.responses ?? [], 'ArkoorMessage').flatMap(
    (m) => m.vtxos,
  );
  const known = new Set(bodies.map((bytes) => vtxoId(decodeVtxo(curve, bytes, 'full'))));
  const [fetched] = ofType<ark.GetVtxosByIdsRequest>(
    calls.flatMap((c) => c.requests),
    'GetVtxosByIdsRequest',
  );
  const wanted = [...new Map(told(reads[1]).map((id) => [idOf(id), id])).values()];
  tally.check(
    'requests rebuilt: bodies of what was told of',
    sorted(fetched?.vtxoIds ?? []) === sorted(wanted.filter((id) => !known.has(idOf(id)))),
    name,
  );
  const [status] = ofType<ark.VtxoStatusQuery>(
    calls.flatMap((c) => c.requests),
    'VtxoStatusQuery',
  );
  tally.check('requests rebuilt: states asked for', known.has(idOf(status!.vtxoId)), name);
}

/** The requests of refreshes, offboards and the recovery. */
export function checkRequests(
  calls: readonly Call[],
  world: World,
  tallyOf: (file: string) => Tally,
  tip: number,
): void {
  const [given] = ofType<ark.ArkInfo>(
    calls.flatMap((c) => c.responses),
    'ArkInfo',
  );
  const info = parseArkInfo(given!, curve);
  let before = new Set<string>();
  for (const [name, inFile] of Map.groupBy(calls, (c) => c.file)) {
    const scene: Scene = { name, calls: inFile, before, world, tally: tallyOf(name) };
    refreshes(scene);
    offboards(scene, info, tip);
    recoveries(scene);
    before = new Set([...before, ...keysIn(inFile.flatMap((c) => [...c.requests, ...c.responses]))]);
  }
}
