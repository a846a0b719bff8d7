// A fake node in a thread of its own: the devnet waits for its answers without letting its own thread run.
import { parentPort } from 'node:worker_threads';
import { createChain } from '../../../devnet/chain/chain.ts';
import { fakeNode } from './bitcoind.ts';

const { url } = await fakeNode(createChain({ premine: 0, txDump: '', blockDump: '' }));
parentPort?.postMessage(url);
