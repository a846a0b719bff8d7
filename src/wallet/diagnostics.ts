// A report for whoever helps with a problem: versions, counts, states, steps and error codes. What would tell who the
// person is, what they own or whom they paid is not read, and whatever is a word is one of ours: anything that does not
// look like one becomes `other`. So it can be pasted in public.
import type { Db, ReadTx } from '../store/port.ts';
import type {
  ActionRow,
  CoinRow,
  ExitRow,
  InvoiceRow,
  MovementRow,
  RequestRow,
  SiteRow,
} from '../store/rows.ts';
import { meta } from '../store/meta.ts';
import { SCHEMA_VERSION, tablesAt } from '../store/schema.ts';
import { settings } from '../store/settings.ts';
import type { SwapRow } from '../store/swap-row.ts';

export interface DiagnosticsFacts {
  /** Of Skiff. */
  version: string;
  now: number;
  /** `extension` or `cli`. */
  from: 'extension' | 'cli';
}

type Counts = Record<string, number>;

export interface Diagnostics {
  report: 'skiff diagnostics 1';
  skiff: string;
  from: string;
  schema: number;
  made: string;
  network?: string;
  /** Age of the newest block that was seen, minutes. */
  tipMinutes?: number;
  wrongPasswords: number;
  recovery?: string;
  settings: Record<string, number | boolean>;
  rows: Counts;
  coins: Counts;
  /** How many coins end within so many blocks. */
  coinsEnding: Counts;
  deepestCoin: number;
  /** What is under way, oldest first. */
  actions: {
    kind: string;
    step: string;
    minutes: number;
    retries: number;
    wakesInMinutes?: number;
    error?: string;
  }[];
  history: Counts;
  failures: Counts;
  invoices: Counts;
  exits: Counts;
  swaps: Counts;
  requests: Counts;
  sites: { allowed: number; blocked: number; withBudget: number };
}

const MINUTE = 60_000;
/** Words of ours: short, of letters. Keys, hashes, addresses and ids have digits or are longer. */
const OURS = /^[A-Za-z]+([-_. ][A-Za-z]+){0,4}$/;
const word = (text: unknown): string =>
  typeof text === 'string' && text.length <= 40 && OURS.test(text) ? text : 'other';
const minutes = (ms: number): number => Math.round(ms / MINUTE);

function tally<Row>(rows: readonly Row[], name: (row: Row) => string): Counts {
  const counts: Counts = {};
  for (const row of rows) counts[name(row)] = (counts[name(row)] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const inStates = async (tx: ReadTx, table: string, name: 'status' | 'state'): Promise<Counts> =>
  tally(await tx.query<Record<string, unknown>>(table), (row) => word(row[name]));

const codeOf = (failure: unknown): string[] => {
  const code = (failure as { code?: unknown } | null | undefined)?.code;
  return code === undefined ? [] : [word(code)];
};

/** The whole report, from one reading of the database. Needs no key. */
export async function diagnostics(db: Db, { version, now, from }: DiagnosticsFacts): Promise<Diagnostics> {
  const tables = Object.keys(tablesAt());
  return db.read(tables, async (tx) => {
    const [chosen, wallet, tip, tries, recovery] = [
      await settings(tx),
      await meta(tx, 'wallet'),
      await meta(tx, 'tip'),
      (await meta(tx, 'unlockTries')) as { failed?: unknown } | undefined,
      await meta(tx, 'recovery'),
    ];
    const coins = await tx.query<CoinRow>('coins');
    const live = coins.filter(({ state }) => state === 'spendable' || state === 'locked');
    const actions = await tx.query<ActionRow>('actions');
    const lines = await tx.query<MovementRow>('movements');
    const sites = await tx.query<SiteRow>('sites');
    const invoices = await tx.query<InvoiceRow>('invoices');
    const exits = await tx.query<ExitRow>('exits');
    const swaps = await tx.query<SwapRow>('swaps');
    const requests = await tx.query<RequestRow>('requests');
    const left = (coin: CoinRow): number => coin.expiryHeight - (tip?.height ?? 0);
    const rows: Counts = {};
    for (const table of tables) rows[table] = await tx.count(table);
    return {
      report: 'skiff diagnostics 1',
      skiff: version,
      from,
      schema: SCHEMA_VERSION,
      made: new Date(now).toISOString().slice(0, 16),
      network: wallet && word(wallet.network),
      tipMinutes: tip && minutes(now - tip.at),
      wrongPasswords: typeof tries?.failed === 'number' ? tries.failed : 0,
      recovery: recovery && word(recovery.state),
      settings: {
        autoLockMinutes: chosen.autoLockMinutes,
        changeSplit: chosen.changeSplit,
        renewBlocks: chosen.renewBlocks,
        exitByItself: chosen.exitByItself,
        notifyOnReceipt: chosen.notifyOnReceipt,
        notifyAmount: chosen.notifyAmount,
        chainServers: chosen.esploraUrls.length,
        swapServices: Object.values(chosen.swapServices).filter((url) => url !== '').length,
      },
      rows,
      coins: tally(coins, (c) => `${word(c.state)} ${word(c.kind)}`),
      coinsEnding: tip
        ? tally(live, (c) =>
            left(c) < 0 ? 'over' : left(c) < 144 ? 'in a day' : left(c) < 1008 ? 'in a week' : 'later',
          )
        : {},
      deepestCoin: Math.max(0, ...live.map((c) => c.exitDepth)),
      actions: actions
        .sort((a, b) => a.createdAt - b.createdAt)
        .map((a) => ({
          kind: word(a.kind),
          step: word((a.state as { step?: unknown }).step),
          minutes: minutes(now - a.createdAt),
          retries: a.retries,
          ...(a.wakeAt === undefined ? {} : { wakesInMinutes: minutes(a.wakeAt - now) }),
          ...(a.lastError ? { error: word(a.lastError.code) } : {}),
        })),
      history: tally(lines, (l) => `${word(l.subsystem.name)} ${word(l.subsystem.kind)} ${word(l.status)}`),
      failures: tally(
        [
          ...lines.flatMap((l) => codeOf(l.metadata.failure)),
          ...[...invoices, ...swaps].flatMap((row) => codeOf(row.failure)),
          ...requests.flatMap((r) => codeOf(r.error)),
        ],
        (code) => code,
      ),
      invoices: await inStates(tx, 'invoices', 'state'),
      exits: tally(exits, (e) => word(e.status)),
      swaps: tally(swaps, (s) => `${s.backend === 'boltz' ? 'boltz' : 'loop'} ${word(s.status)}`),
      requests: tally(requests, (r) => `${word(r.method)} ${word(r.status)}`),
      sites: {
        allowed: sites.filter((s) => s.blocked !== 1).length,
        blocked: sites.filter((s) => s.blocked === 1).length,
        withBudget: sites.filter((s) => s.budget !== undefined).length,
      },
    };
  });
}
