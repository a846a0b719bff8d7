// Where in the popup somebody is: home, or one level below it.
export type Which = { id: number } | { actionId: string };

/** What a scan found, or a payment that is tried again. Satoshi. */
export interface PayStart {
  text: string;
  amount?: bigint;
  /** Put in beyond the fee, because no way was found without. */
  surplus?: bigint;
}

export type Level =
  | { at: 'home' | 'receive' | 'settings' | 'sites' | 'activity' | 'scan' | 'recovery' }
  /** From settings, or from what Home says about coins. */
  | { at: 'coins'; from?: 'home' }
  | { at: 'pay'; start?: PayStart }
  /** By payment hash, hex. */
  | { at: 'swap'; hash: string }
  /** One coin, or all of them. */
  | { at: 'move'; coin?: string }
  | { at: 'detail'; of: Which; from?: 'activity' | 'coins' };

/** The level that a page was opened at, by its address. */
export const levelOfHash = (hash: string): Level => ({ at: hash === '#scan' ? 'scan' : 'home' });
