// The shape of one WebLN method. A file under methods/ holds its schema and what it does; the dispatcher only dispatches.
import type * as v from 'valibot';
import type { BudgetTerms } from '../store/budgets.ts';
import type { RequestRow, SiteRef } from '../store/rows.ts';
import type { ProviderPorts } from './ports.ts';
import type { RequestQueue } from './requests.ts';
import type { Attention } from './attention.ts';
import type { Parking } from './parking.ts';

export interface Call<Params> {
  /** Drawn by the bridge; the same after the worker died and the bridge asked again. */
  id: string;
  site: SiteRef;
  gesture: boolean;
  params: Params;
  /** Aborted when the page's port went. */
  signal: AbortSignal;
  /** Tells the bridge that nothing happens until the wallet is unlocked. */
  parked(): void;
}

export interface Context {
  ports: ProviderPorts;
  queue: RequestQueue;
  parking: Parking;
  attention: Attention;
}

export interface Answer {
  maxTotal?: bigint;
  /** The amount the person chose where the invoice leaves it open. */
  amount?: bigint;
  /** What the site may pay from now on without asking. */
  budget?: BudgetTerms;
}

export interface Method<Schema extends v.GenericSchema = v.GenericSchema> {
  name: string;
  params: Schema;
  /** Listed by getInfo: exactly what a site may rely on. */
  listed: boolean;
  /** Heard also from a site that the person has blocked. */
  unblockable?: boolean;
  /** The call from a page. Resolves with what the page gets. @throws SkiffError */
  run(context: Context, call: Call<v.InferOutput<Schema>>): Promise<unknown>;
  /** The person agreed in the prompt to the request that {@link run} filed. @throws SkiffError; then it still waits */
  approve?(context: Context, row: RequestRow, answer: Answer): Promise<{ actionId?: string }>;
}

/** Keeps the inference of a method's own schema. */
export const method = <S extends v.GenericSchema>(m: Method<S>): Method => m as unknown as Method;
