// Who is present at rounds. A round is attended with a key, nonces and shares that exist only here, in the memory of one
// process: when it ends they are gone, and the attempt with them. Nothing of this is ever written.

import type { VtxoTree } from '../../../ark/tree-transactions.ts';
import type { NoncePair } from '../../../crypto/curve.ts';
import { SkiffError } from '../../../errors.ts';
import type { ArkServer } from '../../../server/connect.ts';
import type { RoundEvent } from '../../../server/gen/bark_server_pb.js';
import type { Db } from '../../../store/port.ts';
import type { Deps } from '../../ports.ts';

export type RoundNews = Exclude<RoundEvent['event'], { case: undefined }>;

/** Our place in one attempt of a round. */
export interface Seat {
  roundSeq: bigint;
  attemptSeq: bigint;
  /** One-time key of our leaf, and its nonces by level. */
  secret: Uint8Array;
  publicKey: Uint8Array;
  nonces: readonly NoncePair[];
}

/** What is left of a seat when its nonces have been used. */
export interface SignedSeat extends Omit<Seat, 'secret' | 'nonces'> {
  tree: VtxoTree;
  leaf: number;
  shares: readonly Uint8Array[];
}

export interface Attendance {
  /** The next thing that a round says. @throws SkiffError when the stream ends */
  next(server: ArkServer): Promise<RoundNews>;
  /** It will be the next again. */
  putBack(news: RoundNews): void;
  seat: Seat | undefined;
  signed: SignedSeat | undefined;
  /** Ends the stream and forgets what was secret. The next `next` opens another stream. */
  drop(): void;
}

const present = new WeakMap<Db, Map<string, Attendance>>();

function createAttendance(): Attendance {
  let left = new AbortController();
  let stream: AsyncIterator<RoundEvent> | undefined;
  const waiting: RoundNews[] = [];
  const here: Attendance = {
    seat: undefined,
    signed: undefined,
    async next(server) {
      const first = waiting.shift();
      if (first) return first;
      stream ??= server.subscribeRounds({}, { signal: left.signal })[Symbol.asyncIterator]();
      for (;;) {
        const { value, done } = await stream.next();
        if (done === true)
          throw new SkiffError({
            code: 'SERVER_UNREACHABLE',
            say: 'The Ark server ended the announcement of its rounds.',
            retry: 'later',
          });
        if (value.event.case !== undefined) return value.event;
      }
    },
    putBack: (news) => void waiting.unshift(news),
    drop() {
      left.abort();
      left = new AbortController();
      stream = undefined;
      waiting.length = 0;
      here.seat?.secret.fill(0);
      here.seat = undefined;
      here.signed = undefined;
    },
  };
  return here;
}

/** From now on this process is present for the refresh. */
export function attend({ ports }: Deps, id: string): void {
  const all = present.get(ports.db) ?? new Map<string, Attendance>();
  present.set(ports.db, all.set(id, all.get(id) ?? createAttendance()));
}

export const attendanceOf = ({ ports }: Deps, id: string): Attendance | undefined =>
  present.get(ports.db)?.get(id);

/** The refresh needs us no more. */
export function leave({ ports }: Deps, id: string): void {
  present.get(ports.db)?.get(id)?.drop();
  present.get(ports.db)?.delete(id);
}

/** Steps that wait for a round end; the wallet is being closed. */
export function leaveAll(deps: Deps): void {
  for (const id of [...(present.get(deps.ports.db)?.keys() ?? [])]) leave(deps, id);
}
