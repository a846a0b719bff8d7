// The regtest chain of the devnet: `createChain` is the node, `esplora` its HTTP API.
export { createChain } from './chain.ts';
export { esplora } from './esplora/http.ts';
export { Rejected } from './rejected.ts';
export type { DevChain } from './types.ts';
