// Offboards of the transcripts: the server's transaction pays what was asked for, the wallet's shares of the forfeits
// hold over our transactions, and what was published is the transaction that was signed for.
import { isShareValid } from '../../src/ark/cosign.ts';
import {
  checkOffboardOutput,
  checkOffboardTx,
  offboardForfeits,
  offboardInputs,
} from '../../src/ark/offboard.ts';
import { parseTx, txid, type Tx } from '../../src/ark/tx.ts';
import { txidText, vtxoIdBytes } from '../../src/ark/vtxo-id.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

function checkFinish(
  { request, answer }: { request: ark.FinishOffboardRequest; answer: ark.FinishOffboardResponse | undefined },
  { inputs, tx, serverNonces }: { inputs: Vtxo[]; tx: Tx; serverNonces: Uint8Array[] },
  world: World,
  tally: Tally,
  label: string,
): void {
  const id = txid(tx);
  tally.check('offboard txids', equalBytes(request.offboardTxid, id), label);
  tally.attempt('published offboards', label, () => {
    const signed = parseTx(answer?.signedOffboardTx ?? new Uint8Array());
    tally.check('offboards in the chain', world.chain.has(txidText(id)), label);
    return equalBytes(txid(signed), id);
  });
  const { forfeits } = offboardForfeits(curve, inputs, tx);
  forfeits.forEach((forfeit, i) => {
    tally.attempt('forfeits to offboards', `${label} ${i}`, () => {
      if (!world.ownerOf(forfeit.userPubkey)) throw new Error('the coin belongs to no wallet');
      const publicNonce = request.userNonces[i]!;
      const share = { publicNonce, partial: request.partialSignatures[i]! };
      return isShareValid(curve, forfeit, share, serverNonces[i]!);
    });
  });
}

/** Every offboard of the transcripts. */
export function checkOffboards(calls: readonly Call[], world: World, tallyOf: (file: string) => Tally): void {
  for (const call of calls) {
    const [prepare] = ofType<ark.PrepareOffboardRequest>(call.requests, 'PrepareOffboardRequest');
    const [answer] = ofType<ark.PrepareOffboardResponse>(call.responses, 'PrepareOffboardResponse');
    if (!prepare?.offboard || !answer) continue;
    const tally = tallyOf(call.file);
    const label = `${call.file} ${call.method}`;
    const { netAmountSat, offboardSpk } = prepare.offboard;
    const requested = { value: sats(netAmountSat), script: offboardSpk };
    const tx = parseTx(answer.offboardTx);
    const inputs = prepare.inputVtxoIds.flatMap((id) => world.vtxo(id) ?? []);
    tally.attempt('offboard transactions', label, () => {
      checkOffboardOutput(requested);
      checkOffboardTx(requested, prepare.inputVtxoIds.length, tx);
      const ids = offboardInputs(inputs).map((vtxo) => vtxoIdBytes(vtxo.point));
      return ids.every((id, i) => equalBytes(id, prepare.inputVtxoIds[i] ?? new Uint8Array()));
    });
    const finish = calls.find(
      (other) =>
        other.file === call.file &&
        ofType<ark.FinishOffboardRequest>(other.requests, 'FinishOffboardRequest').some((r) =>
          equalBytes(r.offboardTxid, txid(tx)),
        ),
    );
    const [request] = ofType<ark.FinishOffboardRequest>(finish?.requests ?? [], 'FinishOffboardRequest');
    const [done] = ofType<ark.FinishOffboardResponse>(finish?.responses ?? [], 'FinishOffboardResponse');
    tally.check('offboards finished', request !== undefined, label);
    const serverNonces = answer.forfeitCosignNonces;
    if (request) checkFinish({ request, answer: done }, { inputs, tx, serverNonces }, world, tally, label);
  }
}
