// Feeds one target. An input that is refused in a way not seen before joins the good ones: what reached a further check
// is the better start for reaching the next.
import { createRng } from './rng.ts';
import { outcome, type Target } from './target.ts';

/** Longest that one input may take. A slow one is read again: the collector of garbage comes by chance, a bad reader is slow always. */
const MOST_MS = 1_000;
const MOST_CORPUS = 2_000;

export interface Report {
  name: string;
  inputs: number;
  accepted: number;
  /** Different refusals. */
  refusals: number;
  slowestMs: number;
  /** Empty when all is well. */
  faults: string[];
}

export interface FuzzOptions {
  ms: number;
  seed: number;
  /** Told before an input is read, so that a hang can be shown. */
  about(shown: string): void;
}

/** CPU time of this thread: what others do on the machine does not count. */
async function timed(target: Target, input: unknown): Promise<{ ms: number; said: string | undefined }> {
  const before = process.threadCpuUsage();
  const said = await outcome(() => target.read(input));
  const { user, system } = process.threadCpuUsage(before);
  return { ms: (user + system) / 1000, said };
}

/** Runs until the time is over or something is wrong. */
export async function fuzz(target: Target, { ms, seed, about }: FuzzOptions): Promise<Report> {
  const rng = createRng(seed);
  const corpus = target.seeds();
  if (corpus.length === 0) throw new Error(`${target.name}: no good input to begin with`);
  const seen = new Set<string>();
  const report: Report = { name: target.name, inputs: 0, accepted: 0, refusals: 0, slowestMs: 0, faults: [] };
  const until = performance.now() + ms;
  const pending = [...corpus];
  while (performance.now() < until && report.faults.length === 0) {
    const input = pending.pop() ?? target.mutate(rng, rng.pick(corpus), rng.pick(corpus));
    const shown = target.show(input);
    about(shown);
    report.inputs++;
    try {
      let { ms: took, said } = await timed(target, input);
      for (let again = 0; took > MOST_MS && again < 3; again++)
        ({ ms: took, said } = await timed(target, input));
      if (took > MOST_MS) report.faults.push(`${Math.round(took)} ms for ${shown}`);
      report.slowestMs = Math.max(report.slowestMs, took);
      if (said === undefined) report.accepted++;
      else if (!seen.has(said)) {
        seen.add(said);
        if (corpus.length < MOST_CORPUS) corpus.push(input);
      }
    } catch (e) {
      report.faults.push(`${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n  on ${shown}`);
    }
  }
  if (Object.hasOwn(Object.prototype, 'polluted'))
    report.faults.push('the prototype of all objects was changed');
  report.refusals = seen.size;
  if (report.accepted === 0) report.faults.push('not one input was taken: the good ones are not good');
  return report;
}
