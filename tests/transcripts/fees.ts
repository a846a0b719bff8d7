// What refreshes and offboards of the transcripts cost, against the server's own schedule: the wallet's amounts are
// exactly the inputs less the fee.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksToExpiry, offboardFee, refreshFee } from '../../src/ark/fees.ts';
import type { Vtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve as curve } from '../../src/crypto/noble.ts';
import { parseArkInfo } from '../../src/server/ark-info.ts';
import type * as ark from '../../src/server/gen/bark_server_pb.js';
import { sats } from '../../src/units.ts';
import type { Tally } from './tally.ts';
import type { Call } from './transcript.ts';
import { ofType } from './walk.ts';
import type { World } from './world.ts';

const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);

/**
 * Every refresh and offboard. The fee tables are coarse: the height of the last block, which it returns, stands for that of
 * each request.
 */
export function checkFees(
  folder: string,
  calls: readonly Call[],
  world: World,
  tallyOf: (file: string) => Tally,
): number {
  const chain = JSON.parse(readFileSync(join(folder, 'chain.json'), 'utf8')) as {
    blocks: { height: number }[];
  };
  const tip = Math.max(...chain.blocks.map((block) => block.height));
  const [given] = ofType<ark.ArkInfo>(
    calls.flatMap((call) => call.responses),
    'ArkInfo',
  );
  if (!given) return tip;
  const { fees } = parseArkInfo(given, curve);
  const feeInputs = (coins: readonly Vtxo[]) =>
    coins.map((vtxo) => ({
      amount: vtxo.amount,
      blocksToExpiry: blocksToExpiry(vtxo.expiryHeight, tip),
    }));
  for (const call of calls) {
    const tally = tallyOf(call.file);
    const label = `${call.file} ${call.method}`;
    const refresh = (ids: readonly Uint8Array[], amounts: readonly bigint[]) => {
      const coins = ids.flatMap((id) => world.vtxo(id) ?? []);
      const paid = sum(coins.map((vtxo) => vtxo.amount)) - sum(amounts);
      tally.check('refresh fees', paid === refreshFee(fees.refresh, feeInputs(coins)), label);
    };
    for (const r of ofType<ark.SubmitPaymentRequest>(call.requests, 'SubmitPaymentRequest'))
      refresh(
        r.inputVtxos.map((input) => input.vtxoId),
        r.vtxoRequests.map((wanted) => wanted.vtxo?.amount ?? 0n),
      );
    for (const r of ofType<ark.RoundParticipationRequest>(call.requests, 'RoundParticipationRequest'))
      refresh(
        r.inputVtxos.map((input) => input.vtxoId),
        r.vtxoRequests.map((wanted) => wanted.amount),
      );
    for (const { offboard, inputVtxoIds } of ofType<ark.PrepareOffboardRequest>(
      call.requests,
      'PrepareOffboardRequest',
    )) {
      if (!offboard) continue;
      const coins = inputVtxoIds.flatMap((id) => world.vtxo(id) ?? []);
      const gross = sats(sum(coins.map((vtxo) => vtxo.amount)));
      const { netAmountSat, offboardSpk, feeRateKwu, deductFeesFromGrossAmount } = offboard;
      const amount = deductFeesFromGrossAmount ? gross : sats(netAmountSat);
      const destination = { scriptLength: offboardSpk.length, feeRateKwu };
      const fee = offboardFee(fees.offboard, amount, feeInputs(coins), destination);
      tally.check('offboard fees', gross - netAmountSat === fee, label);
    }
  }
  return tip;
}
