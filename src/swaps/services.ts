// Where swaps are made when nobody said otherwise: on this machine's devnet, at the tutorial's port. No service is chosen
// for anybody on a network with real money.
import type { Network } from '../bitcoin/network.ts';
import { SkiffError } from '../errors.ts';
import type { BackendName, ServiceRef } from './backend.ts';

const DEVNET = 'http://127.0.0.1:1008';
const DEFAULTS: Readonly<Record<BackendName, string>> = { 'loop-http': DEVNET, boltz: `${DEVNET}/v2` };

export const BACKENDS: readonly BackendName[] = ['loop-http', 'boltz'];

/** The service of a network before anybody named one; undefined: swaps of this kind are off. */
export const defaultService = (backend: BackendName, network: Network): string | undefined =>
  network === 'regtest' ? DEFAULTS[backend] : undefined;

/** @param named by the person @throws SkiffError INVALID_ARGUMENT when there is none */
export function serviceFor(backend: BackendName, network: Network, named?: string): ServiceRef {
  const service = named ?? defaultService(backend, network);
  if (service === undefined || service === '')
    throw new SkiffError({
      code: 'INVALID_ARGUMENT',
      say: 'No swap service is set for this network. Name one whose operator you trust with your payment.',
    });
  return { backend, service: service.replace(/\/+$/, '') };
}
