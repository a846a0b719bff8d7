// Reading transcripts: gRPC calls of the published bark 0.8.0 against a real server, one line a call. Every message is
// decoded with Skiff's generated code, searched for unknown fields, and encoded again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, Message, MessageShape } from '@bufbuild/protobuf';
import { equalBytes, fromHex } from '../../src/crypto/bytes.ts';
import { parseTx, txid } from '../../src/ark/tx.ts';
import type { Tx } from '../../src/ark/tx.ts';
import { txidText } from '../../src/ark/vtxo-id.ts';
import { ArkService } from '../../src/server/gen/bark_server_pb.js';
import { MailboxService } from '../../src/server/gen/mailbox_server_pb.js';
import { inOrderOfProst } from './prost-order.ts';
import type { Tally } from './tally.ts';

interface Line {
  path: string;
  meta: Record<string, string>;
  req: string[];
  res: string[];
  status: number;
  message?: string;
}

export interface Call {
  file: string;
  /** Name of the RPC, as in the proto. */
  method: string;
  requests: Message[];
  responses: Message[];
  status: number;
}

const methods = new Map<string, DescMethod>(
  [ArkService, MailboxService].flatMap((service) =>
    service.methods.map((method): [string, DescMethod] => [`/${service.typeName}/${method.name}`, method]),
  ),
);

/** Messages in `value` that carry fields our protos do not know. */
function unknownFields(value: unknown, path: string): string[] {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return [];
  const own = (value as Partial<Message>).$unknown?.map((f) => `${path}#${f.no}`) ?? [];
  const inner = Object.entries(value)
    .filter(([key]) => !key.startsWith('$'))
    .flatMap(([key, v]) => unknownFields(v, `${path}.${key}`));
  return [...own, ...inner];
}

function decode(desc: DescMessage, hex: string, tally: Tally, label: string): MessageShape<DescMessage> {
  const bytes = fromHex(hex);
  const message = fromBinary(desc, bytes);
  tally.check('messages without unknown fields', unknownFields(message, desc.name).join(' ') === '', label);
  tally.check(
    'messages encoded again',
    equalBytes(inOrderOfProst(desc, toBinary(desc, message)), bytes),
    label,
  );
  return message;
}

/** Every call of every transcript, in order. */
export function readCalls(folder: string, tallyOf: (file: string) => Tally): Call[] {
  const files = readdirSync(folder).filter((f) => f.endsWith('.jsonl'));
  return files.sort().flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((text) => text !== '')
      .map((text, i): Call => {
        const line = JSON.parse(text) as Line;
        const method = methods.get(line.path);
        const label = `${file}:${i + 1} ${line.path}`;
        if (!method) throw new Error(`${label}: no such RPC`);
        const all = (desc: DescMessage, list: string[]) =>
          list.map((hex) => decode(desc, hex, tallyOf(file), label));
        const requests = all(method.input, line.req);
        return {
          file,
          method: method.name,
          requests,
          responses: all(method.output, line.res),
          status: line.status,
        };
      }),
  );
}

/** Transactions of the chain the transcripts ran on, by txid (display order). */
export function readChain(folder: string): Map<string, Tx> {
  const chain = JSON.parse(readFileSync(join(folder, 'chain.json'), 'utf8')) as {
    blocks: Array<{ txs: string[] }>;
  };
  const txs = chain.blocks.flatMap((block) => block.txs.map((hex) => parseTx(fromHex(hex))));
  return new Map(txs.map((tx) => [txidText(txid(tx)), tx]));
}
