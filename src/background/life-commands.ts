// Commands about the life of coins: renewing, moving to bitcoin, restoring, and the backup file.
import type { Handlers } from '../messaging/map.ts';
import type { Sats } from '../units.ts';
import { recoverySeen } from '../wallet/recovery/due.ts';
import type { Host } from './host.ts';

type LifeCommand =
  | 'renewCost'
  | 'renew'
  | 'moveCost'
  | 'move'
  | 'recover'
  | 'recoverySeen'
  | 'acceptElsewhere'
  | 'exportBackup'
  | 'exitFile'
  | 'importBackup';

/** @param host of the present wallet, which a change of server replaces */
export const lifeCommands = (host: Host): Pick<Handlers, LifeCommand> => ({
  async renewCost({ coins }) {
    const wallet = await host.wallet();
    const [fee, live] = await Promise.all([wallet.refreshFee({ coins }), wallet.coins()]);
    const chosen = live.filter((c) => coins.includes(c.id));
    return { count: chosen.length, amount: chosen.reduce((sum, c) => sum + c.amount, 0n), fee };
  },

  renew: async ({ coins, maxFee }) => (await host.wallet()).refresh({ coins, maxFee: maxFee as Sats }),

  async moveCost({ coins, address: given }) {
    const wallet = await host.wallet();
    const address = given ?? (await wallet.onchainAddress());
    return { address, ...(await wallet.offboardQuote({ coins, address })) };
  },

  async move({ coins, address: given, maxTotal, maxFee }) {
    const wallet = await host.wallet();
    const address = given ?? (await wallet.onchainAddress());
    return wallet.offboard({ coins, address, maxTotal: maxTotal as Sats, maxFee: maxFee as Sats });
  },

  async recover() {
    await (await host.wallet()).recover();
    return {};
  },

  async recoverySeen() {
    await (await host.db()).write(['meta'], recoverySeen);
    return {};
  },

  async acceptElsewhere() {
    await (await host.wallet()).acceptElsewhere();
    return {};
  },

  exportBackup: async () => (await host.wallet()).exportBackup(),

  exitFile: async () => (await host.wallet()).exitFile(),

  importBackup: async ({ text }) => (await host.wallet()).importBackup(text),
});
