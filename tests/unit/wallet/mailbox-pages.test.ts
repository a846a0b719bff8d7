import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { MailboxMessageSchema } from '../../../src/server/gen/mailbox_server_pb.js';
import { wholeMessages } from '../../../src/wallet/mailbox/read.ts';

const arkoor = (checkpoint: bigint, coins: number) =>
  create(MailboxMessageSchema, {
    checkpoint,
    message: { case: 'arkoor', value: { vtxos: Array.from({ length: coins }, () => new Uint8Array(1)) } },
  });

describe('pages of the mailbox', () => {
  test('a page below the limit is whole', () => {
    const page = [arkoor(5n, 1), arkoor(9n, 98)];
    expect(wholeMessages(page)).toEqual({ whole: page, next: 9n });
  });

  test('a full page may have cut its last message: it is read again from just before it', () => {
    const page = [arkoor(5n, 60), arkoor(9n, 40)];
    expect(wholeMessages(page)).toEqual({ whole: [page[0]], next: 8n });
  });

  test('the first message of a page is always whole', () => {
    const page = [arkoor(9n, 100)];
    expect(wholeMessages(page)).toEqual({ whole: page, next: 9n });
  });
});
