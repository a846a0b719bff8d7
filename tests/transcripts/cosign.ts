// Boards and arkoor packages of the transcripts built again from the requests: the server's partial signatures verify
// over our transactions, and the VTXOs that come out are those the wallets registered afterwards.
import { buildArkoorPart, partVtxos } from '../../src/ark/arkoor-part.ts';
import { boardVtxo, buildBoard, isBoardAnswerValid } from '../../src/ark/board.ts';
import { cosignSession } from '../../src/ark/cosign.ts';
import { boardFee } from '../../src/ark/fees.ts';
import { decodeUserPolicy } from '../../src/ark/policy.ts';
import { parseTx, txid } from '../../src/ark/tx.ts';
import { txidText, vtxoIdBytes, vtxoIdFromBytes } from '../../src/ark/vtxo-id.ts';
import { vtxoId } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { parseArkInfo } from '../../src/server/ark-info.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

const destinations = (list: readonly ark.ArkoorDestination[]) =>
  list.map((o) => ({ amount: sats(o.totalAmount), policy: decodeUserPolicy(curve, o.policy) }));

function arkoor(call: Call, world: World, tally: Tally, label: string): void {
  const parts = ofType<ark.ArkoorCosignRequest>(call.requests, 'ArkoorCosignRequest');
  const answers = ofType<ark.ArkoorCosignResponse>(call.responses, 'ArkoorCosignResponse');
  parts.forEach((request, i) => {
    const input = world.vtxo(request.inputVtxoId);
    const answer = answers[i];
    if (!input || !answer) return tally.check('arkoor parts built', false, label);
    tally.attempt('arkoor parts built', label, () => {
      const lists = {
        outputs: destinations(request.outputs),
        isolated: destinations(request.isolatedOutputs),
      };
      const part = buildArkoorPart(curve, input, lists, request.useCheckpoint);
      const { userPubkey } = input.policy;
      part.transactions.forEach(({ sighash, tweak }, at) => {
        const share = { publicNonce: answer.serverPubNonces[at]!, partial: answer.serverPartialSigs[at]! };
        const keys = { userPubkey, serverPubkey: input.serverPubkey };
        const session = cosignSession(
          curve,
          keys,
          { message: sighash, tweak },
          request.userPubNonces[at]!,
          share,
        );
        tally.check(
          'server partial signatures (arkoor)',
          session !== undefined,
          `${label} transaction ${at}`,
        );
      });
      for (const vtxo of partVtxos(part)) {
        tally.check(
          'VTXOs of arkoor parts seen later',
          world.vtxo(vtxoIdBytes(vtxo.point)) !== undefined,
          `${label} ${vtxoId(vtxo)}`,
        );
      }
      return part.transactions.length === answer.serverPartialSigs.length;
    });
  });
}

function board(call: Call, calls: readonly Call[], world: World, tally: Tally, label: string): void {
  const [request] = ofType<ark.BoardCosignRequest>(call.requests, 'BoardCosignRequest');
  const [answer] = ofType<ark.BoardCosignResponse>(call.responses, 'BoardCosignResponse');
  if (!request || !answer) return;
  tally.attempt('server partial signatures (board)', label, () => {
    const inFile = calls.filter((c) => c.file === call.file).flatMap((c) => c.responses);
    const info = parseArkInfo(ofType<ark.ArkInfo>(inFile, 'ArkInfo')[0]!, curve);
    const amount = sats(request.amount);
    const made = buildBoard(curve, {
      userPubkey: request.userPubkey,
      serverPubkey: info.serverPubkey,
      expiryHeight: request.expiryHeight,
      exitDelta: info.vtxoExitDelta,
      amount,
      fee: sats(boardFee(info.fees.board, amount)),
      utxo: vtxoIdFromBytes(request.utxo),
    });
    const funding = parseTx(request.fundingTx);
    const output = funding.outputs[made.utxo.vout];
    const isFunded = output?.value === made.amount && equalBytes(output.script, made.funding.script);
    tally.check('board funding outputs', isFunded && equalBytes(txid(funding), made.utxo.txid), label);
    tally.check('board fundings in the chain', world.chain.has(txidText(made.utxo.txid)), label);
    tally.check('board keys of the wallets', world.ownerOf(made.userPubkey) !== undefined, label);
    const point = boardVtxo(made, new Uint8Array(64)).point;
    tally.check('VTXOs of boards seen later', world.vtxo(vtxoIdBytes(point)) !== undefined, label);
    return isBoardAnswerValid(curve, made, request.pubNonce, answer);
  });
}

/** Every cosigning of the transcripts that Skiff can do by now. */
export function checkCosigning(calls: readonly Call[], world: World, tallyOf: (file: string) => Tally): void {
  for (const call of calls) {
    const tally = tallyOf(call.file);
    const label = `${call.file} ${call.method}`;
    arkoor(call, world, tally, label);
    board(call, calls, world, tally, label);
  }
}
