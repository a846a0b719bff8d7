// What the person chose. A setting that was never touched has the default of this build.
import type { ReadTx, WriteTx } from './port.ts';
import type { SettingRow } from './rows.ts';

export interface Settings {
  network: 'mainnet' | 'signet' | 'regtest';
  serverUrl: string;
  /** In order of preference. */
  esploraUrls: string[];
  /** 0: only when the browser closes. */
  autoLockMinutes: number;
  /** Pieces that change is split into, 1 … 3. */
  changeSplit: number;
  /** Blocks before its end at which a coin is renewed; 0: as the network's default (src/wallet/maintenance/ending.ts). */
  renewBlocks: number;
  /** Stuck coins leave by the chain by themselves when waiting any longer would put them at risk. */
  exitByItself: boolean;
  /** Say so when money arrived. */
  notifyOnReceipt: boolean;
  /** … and how much; the words stand on the screen for whoever looks at it. */
  notifyAmount: boolean;
  /** Addresses of swap services by their API; empty: off; not there: the network's own, if it has one. */
  swapServices: { 'loop-http'?: string; boltz?: string };
  theme: 'system' | 'light' | 'dark';
  language: string;
}

const defaults: Settings = {
  network: 'mainnet',
  serverUrl: '',
  esploraUrls: [],
  autoLockMinutes: 15,
  changeSplit: 2,
  renewBlocks: 0,
  exitByItself: true,
  notifyOnReceipt: true,
  notifyAmount: true,
  swapServices: {},
  theme: 'system',
  language: 'en',
};

/** One setting. */
export async function setting<K extends keyof Settings>(tx: ReadTx, name: K): Promise<Settings[K]> {
  const row = await tx.get<SettingRow>('settings', name);
  return row ? (row.value as Settings[K]) : defaults[name];
}

/** All settings. */
export async function settings(tx: ReadTx): Promise<Settings> {
  const rows = await tx.query<SettingRow>('settings');
  return { ...defaults, ...Object.fromEntries(rows.map((row) => [row.name, row.value])) };
}

/** Changes some settings; those left out stay. */
export async function changeSettings(tx: WriteTx, change: Partial<Settings>): Promise<void> {
  for (const [name, value] of Object.entries(change)) await tx.put<SettingRow>('settings', { name, value });
}
