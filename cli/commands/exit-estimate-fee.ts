// `exit estimate-fee`: what it costs to leave by the chain, from two purses: bitcoin of the on-chain wallet for the
// transactions of the coins' chains, and the coins themselves for the claim.
import { claimWeight } from '../../src/ark/claim.ts';
import { CPFP_CHILD_WEIGHT, exitChain, packageFee } from '../../src/ark/exit.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { addressToScript } from '../../src/bitcoin/address.ts';
import { feeRateFromSatPerVb } from '../../src/bitcoin/fee-rate.ts';
import { loadCoins } from '../../src/wallet/coins/load.ts';
import { waysOut } from '../../src/wallet/exits/output.ts';
import { feeAt, TAPROOT_OUTPUT } from '../../src/wallet/onchain/weight.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { chosen } from '../exits.ts';
import { satPerVb } from '../onchain.ts';
import { refuse } from '../refuse.ts';
import { sync } from '../session.ts';

/** Room for rates that move, and for more than one output to pay from. */
const MARGIN = 1.2;

export const exitEstimateFee: Command = {
  path: ['exit', 'estimate-fee'],
  about: 'Estimate the on-chain fees to unilaterally (emergency) exit a set of VTXOs',
  options: [
    { name: 'vtxo', value: 'VTXO_ID', many: true, help: 'The ID of a VTXO; can be specified multiple times' },
    { name: 'all', help: 'Estimate exiting all VTXOs, either this or --vtxo must be specified' },
    {
      name: 'fee-rate',
      value: 'FEE_RATE',
      help: 'In sats/kvB; fast for broadcast, regular for claim by default',
    },
    { name: 'destination', value: 'DESTINATION', help: 'The claim destination address' },
    { name: 'fee-margin', value: 'FEE_MARGIN', help: 'Scales the broadcast leg [default: 1.2]' },
    NO_SYNC,
  ],
  async run(session, { args, output }) {
    const { wallet, deps, network } = session;
    const { chain, curve } = deps.ports;
    const ids = chosen(args.options('vtxo'), args.flag('all'));
    const given = satPerVb(args.option('fee-rate'));
    const margin = Number(args.option('fee-margin') ?? MARGIN);
    if (!Number.isFinite(margin) || margin < 0) throw refuse('--fee-margin must be finite and non-negative');
    const destination = args.option('destination');
    const script = destination === undefined ? TAPROOT_OUTPUT : addressToScript(destination, network);
    await sync(session, args.flag('no-sync'), output);

    const spendable = async () =>
      (await wallet.coins()).filter((c) => c.state === 'spendable').map((c) => c.id);
    const coins = await loadCoins(deps, ids ?? (await spendable()));
    const rates = await chain.feeRates();
    const [fast, regular] = [given ?? rates.fast, given ?? rates.regular];
    const fees = new Map<string, bigint>();
    for (const { vtxo } of coins) {
      for (const { txid, weight } of exitChain(curve, vtxo)) {
        const id = txidText(txid);
        if (fees.has(id) || (await chain.txStatus(id))?.confirmed) continue;
        fees.set(id, packageFee(feeRateFromSatPerVb(fast), weight, CPFP_CHILD_WEIGHT));
      }
    }
    const sum = [...fees.values()].reduce((a, b) => a + b, 0n);
    const broadcast = BigInt(Math.ceil(Number(sum) * margin));
    const inputs = await Promise.all(coins.map(({ vtxo }) => waysOut(deps, vtxo)));
    const claim = inputs.length === 0 ? 0n : feeAt(regular, claimWeight(inputs, script));
    const { onchain } = await wallet.balance();
    output.json({
      exit_broadcast_fee_sat: broadcast,
      claim_fee_sat: claim,
      total_fee_sat: broadcast + claim,
      fee_rate_sat_per_vb: fast,
      txs_to_broadcast: fees.size,
      fundable: onchain.confirmed + onchain.unconfirmed >= broadcast,
    });
  },
};
