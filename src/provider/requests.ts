// The queue of questions to the person. A question is a row (src/store/requests.ts); the promises kept here are only
// the wires back to pages that are connected right now. A worker that starts anew has no wires, but every row: bridges
// ask again with the same id and find theirs, whatever its state has become.
import { SkiffError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { WriteTx } from '../store/port.ts';
import { failRequest, fileRequest, rejectRequest, request, waitingRequests } from '../store/requests.ts';
import type { RequestRow, SiteRef } from '../store/rows.ts';
import { siteId } from '../store/sites.ts';
import type { Attention } from './attention.ts';
import type { ProviderPorts } from './ports.ts';
import { MAX_WAITING } from './spam.ts';
import type { SpamGuard } from './spam.ts';

export interface Question {
  id: string;
  site: SiteRef;
  method: string;
  params: object;
  /** Without a person's gesture or attention no window opens: the badge counts it. */
  gesture: boolean;
  /** Join a waiting question of the same site and method instead of asking twice. */
  shared?: boolean;
  /** Aborted when the page's port went. */
  signal: AbortSignal;
}

export interface RequestQueue {
  /** Files the question unless it is known, shows it, and resolves with its result. @throws SkiffError the answer */
  ask(question: Question): Promise<object>;
  row(id: string): Promise<RequestRow>;
  /** The row of a call that was heard before, if any. */
  known(id: string): Promise<RequestRow | undefined>;
  /** Writes a final state (in `body`) and answers everyone who waits. */
  finish(id: string, tables: readonly string[], body: (tx: WriteTx) => Promise<RequestRow>): Promise<void>;
  /** Answers the waiting pages before the row is final (sendPaymentAsync). */
  answerEarly(id: string, result: object): void;
  /** Why this one cannot be done; told to the page if the person then closes it. */
  noteProblem(id: string, error: Problem | undefined): void;
  refuse(id: string): Promise<void>;
  /** The window went: everything that waits is refused. */
  promptClosed(): Promise<void>;
  /** After a new start: questions whose pages do not come back are withdrawn. */
  awaitPages(): Promise<void>;
  refreshBadge(): Promise<void>;
}

/** How long a page may be away (its port broke, the worker lives) before its question is withdrawn. */
const RECONNECT_MS = 3000;
/** How long pages have to come back after the worker started anew. */
const RETURN_MS = 10_000;

type Problem = { code: ErrorCode; say: string };
type Wire = { resolve: (result: object) => void; reject: (e: SkiffError) => void };

const PROMPT_CLOSED: Problem = {
  code: 'PROMPT_CLOSED',
  say: 'The window was closed before an answer was given.',
};
const TOO_OFTEN: Problem = {
  code: 'RATE_LIMITED',
  say: 'This site asks too often. Please wait a minute.',
};
const USER_REJECTED: Problem = { code: 'USER_REJECTED', say: 'You said no to this request.' };

export function createRequestQueue(
  ports: ProviderPorts,
  { guard, attention }: { guard: SpamGuard; attention: Attention },
  extraWaiting: () => number,
): RequestQueue {
  const { db } = ports;
  const wires = new Map<string, Wire[]>();
  const problems = new Map<string, Problem>();

  const settle = (row: RequestRow): void => {
    const waiting = wires.get(row.id) ?? [];
    if (row.status === 'waiting' || row.status === 'approved') return;
    wires.delete(row.id);
    problems.delete(row.id);
    const refusal = row.status === 'rejected' ? USER_REJECTED : (row.error as Problem | undefined);
    for (const wire of waiting) {
      if (row.status === 'done') wire.resolve(row.result ?? {});
      else wire.reject(new SkiffError(refusal ?? PROMPT_CLOSED));
    }
  };

  const waiting = (): Promise<RequestRow[]> => db.read(['requests'], waitingRequests);

  /**
   * Files the question, unless it or one like it waits already, or the site has enough of them: decided where it is
   * written, however many are asked at once. Resolves with the id under which it is on file.
   */
  async function file(question: Question): Promise<string> {
    const { id, site, method, params } = question;
    const { topOrigin } = site;
    if (await guard.silenced(topOrigin, ports.now())) throw new SkiffError({ ...TOO_OFTEN, retry: 'later' });
    return db.write(['requests'], async (tx) => {
      const there = await request(tx, id);
      if (there) return assertAsker(there, site).id;
      const queue = await waitingRequests(tx);
      const twin = question.shared && queue.find((row) => row.method === method && isOf(row, site));
      if (twin) return twin.id;
      if (queue.filter((row) => row.topOrigin === topOrigin).length >= MAX_WAITING)
        throw new SkiffError({ ...TOO_OFTEN, retry: 'later' });
      return (await fileRequest(tx, { id, ...site, method, params }, ports.now())).id;
    });
  }

  /** A page went. When nobody waits for the question any more, it is withdrawn after a pause for reconnecting. */
  function hangUp(id: string, wire: Wire): void {
    const left = (wires.get(id) ?? []).filter((one) => one !== wire);
    wires.set(id, left);
    if (left.length === 0) withdrawLater(id, RECONNECT_MS);
  }

  const withdrawLater = (id: string, ms: number): unknown =>
    setTimeout(() => void withdraw(id).catch((e) => ports.log('withdraw', e)), ms);

  async function withdraw(id: string): Promise<void> {
    if ((wires.get(id) ?? []).length > 0) return;
    wires.delete(id);
    const row = await queue.known(id);
    if (row?.status !== 'waiting') return;
    await queue.finish(id, [], (tx) => failRequest(tx, id, PROMPT_CLOSED, ports.now()));
  }

  /** Who has said no often enough is not shown what else the site has waiting. */
  async function spare(topOrigin: string): Promise<void> {
    if (!(await guard.silenced(topOrigin, ports.now()))) return;
    for (const row of await waiting())
      if (row.topOrigin === topOrigin)
        await queue.finish(row.id, [], (tx) => failRequest(tx, row.id, TOO_OFTEN, ports.now()));
  }

  const queue: RequestQueue = {
    async ask(question) {
      const known = await queue.known(question.id);
      const id = known ? assertAsker(known, question.site).id : await file(question);
      const answer = new Promise<object>((resolve, reject) => {
        const wire = { resolve, reject };
        wires.set(id, [...(wires.get(id) ?? []), wire]);
        question.signal.addEventListener('abort', () => hangUp(id, wire));
        if (question.signal.aborted) hangUp(id, wire);
      });
      // Read after the wire is there: an answer that came meanwhile must not be missed.
      settle(await queue.row(id));
      await queue.refreshBadge();
      const acted = question.gesture || attention.take(question.site, ports.now());
      if (acted && (!known || known.status === 'waiting')) await ports.showPrompt();
      return answer;
    },

    async row(id) {
      const row = await queue.known(id);
      if (row) return row;
      throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'This request is no longer there.' });
    },

    known: (id) => db.read(['requests'], (tx) => request(tx, id)),

    async finish(id, tables, body) {
      const row = await db.write(['requests', ...tables], body);
      if (row.id === id) settle(row);
      await queue.refreshBadge();
    },

    answerEarly(id, result) {
      for (const wire of wires.get(id) ?? []) wire.resolve(result);
      wires.delete(id);
    },

    noteProblem(id, error) {
      if (error) problems.set(id, error);
      else problems.delete(id);
    },

    async refuse(id) {
      const problem = problems.get(id);
      const row = await queue.row(id);
      if (!problem) await guard.refused(row.topOrigin, ports.now());
      await queue.finish(id, [], (tx) =>
        problem ? failRequest(tx, id, problem, ports.now()) : rejectRequest(tx, id, ports.now()),
      );
      await spare(row.topOrigin);
    },

    async promptClosed() {
      for (const row of await waiting()) {
        await guard.refused(row.topOrigin, ports.now());
        const problem = problems.get(row.id) ?? PROMPT_CLOSED;
        await queue.finish(row.id, [], (tx) => failRequest(tx, row.id, problem, ports.now()));
      }
    },

    async awaitPages() {
      for (const { id } of await waiting()) withdrawLater(id, RETURN_MS);
    },

    refreshBadge: async () => ports.setWaiting((await waiting()).length + extraWaiting()),
  };
  return queue;
}

const isOf = (row: SiteRef, site: SiteRef): boolean => siteId(row) === siteId(site);

/** @throws SkiffError INVALID_ARGUMENT when another site has asked this */
function assertAsker(row: RequestRow, site: SiteRef): RequestRow {
  if (isOf(row, site)) return row;
  throw new SkiffError({ code: 'INVALID_ARGUMENT', say: 'This request belongs to another site.' });
}
