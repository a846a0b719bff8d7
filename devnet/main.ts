// `npm run devnet`: an Ark network on this machine until Ctrl-C. Prints where everything is.
// Options: --ark-port 3535 --http-port 3002 --data DIR --block-every SECONDS --board-confirmations N
//   --bitcoind http://127.0.0.1:18443 with --bitcoind-cookie FILE or --bitcoind-auth user:password: on a real node, regtest
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDevnet } from './index.ts';
import { LOOP_PORT } from './swaps/server.ts';

const { values } = parseArgs({
  options: {
    'ark-port': { type: 'string', default: '3535' },
    'http-port': { type: 'string', default: '3002' },
    'block-every': { type: 'string', default: '0' },
    'board-confirmations': { type: 'string', default: '1' },
    data: { type: 'string' },
    bitcoind: { type: 'string' },
    'bitcoind-cookie': { type: 'string' },
    'bitcoind-auth': { type: 'string' },
  },
});

/** Keys that stay the same from run to run when there is a folder to keep them in. */
function seedFrom(folder: string | undefined): Uint8Array | undefined {
  if (folder === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'devnet-seed');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return Uint8Array.from(Buffer.from(readFileSync(file, 'utf8').trim(), 'hex'));
}

const seconds = Number(values['block-every']);
const devnet = await startDevnet({
  arkPort: Number(values['ark-port']),
  httpPort: Number(values['http-port']),
  blockEveryMs: seconds > 0 ? seconds * 1000 : undefined,
  seed: seedFrom(values.data),
  dataDir: values.data,
  swapPort: 'standard',
  rounds: true,
  sweeps: true,
  node:
    values.bitcoind === undefined
      ? undefined
      : {
          url: values.bitcoind,
          auth: values['bitcoind-auth'],
          cookieFile: values['bitcoind-cookie'],
        },
  ark: { requiredBoardConfirmations: Number(values['board-confirmations']) },
});

const portNote = devnet.swaps.url.endsWith(`:${LOOP_PORT}`)
  ? ''
  : `; port ${LOOP_PORT}, which loop-out clients expect, was not to be had`;
console.log(`devnet is up. For tests and development: never put real money here.
  Ark server   ${devnet.arkUrl}    (gRPC and gRPC-web)
  Esplora      ${devnet.esploraUrl}
  Lightning    alice@localhost:${new URL(devnet.esploraUrl).port}    (a Lightning address)
  Swaps        ${devnet.swaps.url}    (loop-out: /api/loop/out, Boltz: /v2${portNote})
  Control API  ${devnet.controlUrl}
Try: curl -s ${devnet.controlUrl}/mine -d '{"blocks":1}'
     curl -s ${devnet.controlUrl}/fund -d '{"address":"bcrt1…","sats":1000000}'
     curl -s ${devnet.controlUrl}/invoice -d '{"amountSat":5000,"memo":"coffee"}'`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void devnet.stop().then(() => process.exit(0));
  });
}
