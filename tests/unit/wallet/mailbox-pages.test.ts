import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { MailboxMessageSchema } from '../../../src/server/gen/mailbox_server_pb.js';
import { wholeMessages } from '../../../src/wallet/mailbox/pull.ts';

const arkoor = (checkpoint: bigint, coins: number) =>
  create(MailboxMessageSchema, {
    checkpoint,
    message: { case: 'arkoor', value: { vtxos: Array.from({ length: coins }, () => new Uint8Array(1)) } },
  });

describe('pages of the mailbox', () => {
  test('a page below the limit is whole', () => {
    const page = [arkoor(5n, 1), arkoor(9n, 98)];
    expect(wholeMessages(page)).toEqual(page);
  });

  test('a full page may have cut its last message, which is left for the next page', () => {
    const page = [arkoor(5n, 60), arkoor(9n, 40)];
    expect(wholeMessages(page)).toEqual([page[0]]);
  });

  test('the first message of a page is always whole', () => {
    const page = [arkoor(9n, 100)];
    expect(wholeMessages(page)).toEqual(page);
  });

  test('messages that come in another order are put in the order of their checkpoints', () => {
    expect(wholeMessages([arkoor(9n, 1), arkoor(5n, 1)]).map((m) => m.checkpoint)).toEqual([5n, 9n]);
    expect(wholeMessages([arkoor(9n, 60), arkoor(5n, 40)]).map((m) => m.checkpoint)).toEqual([5n]);
  });
});
