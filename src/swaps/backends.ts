// From the name of a service to who talks to it.
import type { Deps } from '../wallet/ports.ts';
import type { ServiceRef, SwapBackend } from './backend.ts';
import { boltz } from './boltz/client.ts';
import { loopHttp } from './loop-http.ts';

/** Nothing is asked before a method is called. */
export const backendOf = ({ ports, config }: Deps, { backend, service }: ServiceRef): SwapBackend =>
  backend === 'boltz' ? boltz(ports.web, service) : loopHttp(ports.web, service, config.network);
