// Whole answers of servers, read by the real clients: frames and trailers of gRPC-web, JSON and raw bytes of Esplora, PSBTs.
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { hex } from '@scure/base';
import { Transaction } from '@scure/btc-signer';
import { esploraChain } from '../../../src/chain/esplora.ts';
import { GENESIS } from '../../../src/chain/endpoints.ts';
import { readPsbt } from '../../../src/bitcoin/psbt.ts';
import { parseHeader } from '../../../src/bitcoin/header.ts';
import { parseAddress } from '../../../src/bitcoin/address.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { ArkService } from '../../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../../src/server/gen/mailbox_server_pb.js';
import { assertNetwork, assertSafe, parseArkInfo } from '../../../src/server/ark-info.ts';
import { createRpcs } from '../../../src/server/rpcs.ts';
import { mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { target, type Target } from '../target.ts';
import { answers } from './files.ts';
import { bytesTarget, textTarget } from './kinds.ts';

/** One gRPC-web answer: a frame with the message, and the trailers. */
function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const trailers = new TextEncoder().encode('grpc-status:0\r\n');
  const frame = (flags: number, body: Uint8Array): number[] => {
    const head = new DataView(new ArrayBuffer(5));
    head.setUint8(0, flags);
    head.setUint32(1, body.length);
    return [...new Uint8Array(head.buffer), ...body];
  };
  return Uint8Array.from([...frame(0, message), ...frame(0x80, trailers)]);
}

interface Answer {
  method: string;
  body: Uint8Array;
}

const localNames = new Map(
  [ArkService, MailboxService].flatMap((service) =>
    service.methods.map((m): [string, string] => [`/${service.typeName}/${m.name}`, m.localName]),
  ),
);
const local = (path: string): string => localNames.get(path)!;

let answer: Uint8Array = new Uint8Array();
const transport = createGrpcWebTransport({
  baseUrl: 'http://127.0.0.1:1',
  fetch: () =>
    Promise.resolve(
      new Response(answer.slice(), {
        status: 200,
        headers: { 'content-type': 'application/grpc-web+proto' },
      }),
    ),
});
// A call that the answer says is missing would not be sent again for a minute: each time is a minute later.
let now = 0;
const rpcs = createRpcs(transport, { now: () => (now += 61_000), failed: () => undefined });
type Calls = Record<string, (request: object) => Promise<unknown> | AsyncIterable<unknown>>;

async function call({ method, body }: Answer): Promise<void> {
  answer = body;
  if (method === 'getArkInfo') {
    const plain = body.slice(5, -20);
    const { fromBinary } = await import('@bufbuild/protobuf');
    const { ArkInfoSchema } = await import('../../../src/server/gen/bark_server_pb.js');
    let message;
    try {
      message = fromBinary(ArkInfoSchema, plain);
    } catch {
      return; // the transport's own readers are shown the other messages
    }
    const info = parseArkInfo(message, curve);
    assertNetwork(info, 'regtest');
    assertSafe(info);
    return;
  }
  const result = (rpcs as unknown as Calls)[method]!({});
  if (Symbol.asyncIterator in result) for await (const _ of result);
  else await result;
}

const esploraSeeds = {
  tip: ['800001', 'ab'.repeat(32)],
  status: [
    { txid: 'ab'.repeat(32), status: { confirmed: true, block_height: 12, block_hash: 'cd'.repeat(32) } },
  ],
  outspend: [{ spent: true, txid: 'cd'.repeat(32), status: { confirmed: false } }],
  utxos: [[{ txid: 'ab'.repeat(32), vout: 1, value: 5, status: { confirmed: false } }]],
  history: [
    [{ txid: 'ab'.repeat(32), status: { confirmed: true, block_height: 1, block_hash: 'cd'.repeat(32) } }],
  ],
  used: [{ chain_stats: { tx_count: 1 }, mempool_stats: { tx_count: 0 } }],
  rates: [{ '1': 12.5, '3': 4, '6': 1 }],
  proof: [{ block_height: 12, pos: 3, merkle: ['ab'.repeat(32), 'cd'.repeat(32)] }],
};
type Question = keyof typeof esploraSeeds;

let page = '';
const chain = esploraChain({
  urls: ['http://127.0.0.1:1'],
  network: 'regtest',
  now: () => (now += 3_600_000),
  sleep: () => Promise.resolve(),
  fetch: (input) =>
    Promise.resolve(
      new Response((input as string).endsWith('/block-height/0') ? GENESIS.regtest : page, { status: 200 }),
    ),
});
const txid = 'ab'.repeat(32);
const script = new Uint8Array(34).fill(1);
const questions: Record<Question, () => Promise<unknown>> = {
  tip: () => chain.tip(),
  status: () => chain.txStatus(txid),
  outspend: () => chain.outspend(txid, 0),
  utxos: () => chain.utxos(script),
  history: () => chain.history(script),
  used: () => chain.used(script),
  rates: () => chain.feeRates(),
  proof: () => chain.merkleProof(txid),
};

function psbt(): Uint8Array {
  const tx = new Transaction({ version: 2 });
  const output = Uint8Array.from([0, 20, ...new Uint8Array(20).fill(3)]);
  tx.addInput({ txid: 'ab'.repeat(32), index: 0, witnessUtxo: { script: output, amount: 50_000n } });
  tx.addOutput({ script: output, amount: 40_000n });
  return tx.toPSBT();
}

export const network: Target[] = [
  target<Answer>({
    name: 'server',
    seeds: () =>
      answers().map(({ path, hex: text }) => ({ method: local(path), body: framed(hex.decode(text)) })),
    mutate: (rng, { method, body }, other) => ({ method, body: mutateBytes(rng, body, other.body) }),
    read: call,
    show: ({ method, body }) => `${method} ${hex.encode(body)}`,
  }),
  target<{ question: Question; text: string }>({
    name: 'esplora',
    seeds: () =>
      Object.entries(esploraSeeds).flatMap(([question, seeds]) =>
        seeds.map((seed) => ({
          question: question as Question,
          text: typeof seed === 'string' ? seed : JSON.stringify(seed),
        })),
      ),
    mutate(rng, { question, text }, other) {
      if (rng.chance(0.3)) return { question, text: mutateText(rng, text, other.text) };
      try {
        return { question, text: JSON.stringify(mutateJson(rng, JSON.parse(text), other.text)) ?? '' };
      } catch {
        return { question, text: mutateText(rng, text, other.text) };
      }
    },
    read({ question, text }) {
      page = text;
      return questions[question]();
    },
    show: ({ question, text }) => `${question} ${JSON.stringify(text)}`,
  }),
  bytesTarget('psbt', () => [psbt()], readPsbt),
  bytesTarget('header', () => [new Uint8Array(80).fill(1)], parseHeader),
  textTarget(
    'bitcoin-address',
    () => [
      'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080',
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
      'bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr',
    ],
    parseAddress,
  ),
];
