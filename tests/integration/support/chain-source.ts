// The chain port straight onto the devnet's chain: for tests that restart wallets hundreds of times. What goes over HTTP is
// tested with the Esplora client (wallet.test.ts).
export { devChainSource } from '../../../devnet/chain/source.ts';
