// Commands about the vault: password, words, locking, and the end of the wallet in this browser.
import { SkiffError } from '../errors.ts';
import type { Handlers } from '../messaging/map.ts';
import { changeSettings } from '../store/settings.ts';
import type { Host } from './host.ts';

type VaultCommand =
  'unlock' | 'lock' | 'revealWords' | 'wordsCopied' | 'changePassword' | 'setAutoLock' | 'wipe';

export const vaultCommands = (host: Host, wordsCopied: () => void): Pick<Handlers, VaultCommand> => ({
  async unlock({ password }) {
    await (await host.vault()).unlock(password);
    return {};
  },

  async lock() {
    await (await host.vault()).lock();
    return {};
  },

  revealWords: async ({ password }) => ({ words: await (await host.vault()).reveal(password) }),

  async wordsCopied() {
    wordsCopied();
    return {};
  },

  async changePassword({ old, fresh }) {
    await (await host.vault()).changePassword(old, fresh);
    return {};
  },

  async setAutoLock({ minutes }) {
    await (await host.db()).write(['settings'], (tx) => changeSettings(tx, { autoLockMinutes: minutes }));
    return {};
  },

  // Whoever finds it open must not be able to do this; whoever has forgotten the password must.
  async wipe({ password }) {
    const vault = await host.vault();
    // A vault that is damaged cannot be open.
    const unlocked = await vault.status().then(
      (status) => status === 'unlocked',
      () => false,
    );
    if (password !== undefined) await vault.prove(password);
    else if (unlocked)
      throw new SkiffError({ code: 'WRONG_PASSWORD', say: 'The password is needed for this.' });
    await host.wipe();
    return {};
  },
});
