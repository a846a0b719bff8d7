// What a scenario of the crash matrix, of the lost responses and of the status faults consists of.
import type { ArkConfig } from '../../../devnet/ark/config.ts';
import type { MovementRow } from '../../../src/store/rows.ts';
import type { WalletPorts } from '../../../src/wallet/ports.ts';
import type { Instance } from '../support/wallets.ts';
import type { World } from './world.ts';

export interface Scenario<Context> {
  readonly name: string;
  /** Settings of the Ark server. */
  readonly ark?: Partial<ArkConfig>;
  /** Many points, or slow ones: by default only some of them are visited, CRASH_FULL=1 visits all. */
  readonly light?: boolean;
  /**
   * Steps that use up what lies in memory only: a second run of one finds it gone and takes the way of a wallet that died,
   * so it cannot end as the first did.
   */
  readonly once?: boolean;
  /** A seed whose history is lost: its lines do not sum up to its coins. */
  readonly restored?: boolean;
  /** Sets the stage, once; every run begins with a copy of it and of the context. */
  prepare(world: World, victim: Instance): Promise<Context>;
  /** Faults of this scenario, set before each run. */
  arm?(world: World): void;
  /** What the world does at certain calls of the victim. */
  wrap?(world: World, ports: WalletPorts, context: Context): WalletPorts;
  /**
   * Starts the action, or finds it started, and lets the world play its part; resolves with the id of the action, if the
   * wallet acts and does not only receive. May be killed and run again.
   */
  start(world: World, victim: Instance, context: Context): Promise<string | undefined>;
  /** What is left to do when the part that is killed is over; else what every wallet does by itself. */
  finish?(world: World, victim: Instance, context: Context): Promise<void>;
  /** What must be true in the end. */
  check(world: World, run: Finished<Context>): Promise<void>;
}

/** Scenarios with contexts of their own, side by side. */
export type AnyScenario = Scenario<never>;

export interface Books {
  ark: bigint;
  onchain: bigint;
  movements: number;
}

export interface Finished<Context> {
  context: Context;
  before: Books;
  after: Books;
  victim: Instance;
  /** Of the action. */
  line?: MovementRow;
}
