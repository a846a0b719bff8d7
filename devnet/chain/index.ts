// The regtest chain of the devnet: `createChain` is the node, `createNodeChain` a real one by RPC, `esplora` the HTTP API.
export { createChain } from './chain.ts';
export { esplora } from './esplora/http.ts';
export { createNodeChain } from './node.ts';
export { Rejected } from './rejected.ts';
export type { DevChain } from './types.ts';
export type { NodeAddress } from './rpc.ts';
