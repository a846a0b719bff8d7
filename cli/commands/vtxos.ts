// `vtxos`: the wallet's coins, spent ones first, spendable ones last, then by expiry.
import { decodeVtxo } from '../../src/ark/vtxo.ts';
import { nobleCurve } from '../../src/crypto/noble.ts';
import { coinBody } from '../../src/store/coins.ts';
import type { CoinRow } from '../../src/store/rows.ts';
import { NO_SYNC } from '../command.ts';
import type { Command } from '../command.ts';
import { sync } from '../session.ts';
import { vtxoJson } from '../views.ts';

const rank = (coin: CoinRow): number => (coin.state === 'spent' ? 0 : coin.state === 'spendable' ? 2 : 1);

export const vtxos: Command = {
  path: ['vtxos'],
  about: "List the wallet's VTXOs",
  options: [{ name: 'all', help: 'Returns all VTXOs regardless of their state' }, NO_SYNC],
  async run(session, { args, output }) {
    await sync(session, args.flag('no-sync'), output);
    const coins = [...(await session.wallet.coins(args.flag('all')))];
    coins.sort((a, b) => rank(a) - rank(b) || a.expiryHeight - b.expiryHeight);
    const bodies = await session.db.read(['coinBodies'], async (tx) => {
      const found: Uint8Array[] = [];
      for (const coin of coins) found.push(await coinBody(tx, coin.id));
      return found;
    });
    output.json(coins.map((coin, i) => vtxoJson(coin, decodeVtxo(nobleCurve, bodies[i]!, 'full'))));
  },
};
