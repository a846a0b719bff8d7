// What the services tell of open swaps: by WebSocket where the API has one and it can be had, else asked now and then. Every
// word of theirs is a hint to look at the chain now, and a line for the person; nothing else comes of it. There is a
// connection only while a swap is open.
import { swapOf, openSwaps, updateSwap } from '../store/swaps.ts';
import type { Said, SwapRow } from '../store/swap-row.ts';
import type { OpenSocket } from '../http/socket.ts';
import type { Deps } from '../wallet/ports.ts';
import type { Agreement } from './backend.ts';
import { backendOf } from './backends.ts';
import { openLine, type Line } from './boltz/line.ts';
import type { Update } from './boltz/updates.ts';

/** Pause before a service is asked again about one swap, and before its WebSocket is tried again. */
const ASK_MS = 15_000;
const RETRY_MS = 60_000;
export interface Updates {
  /** Connects, subscribes, asks: whatever is due now. Never rejects. */
  look(): Promise<void>;
  stop(): void;
}

type Agreed = SwapRow & { agreement: Agreement };

/** The name that a service tells updates of a swap under. */
const nameOf = ({ agreement }: Agreed): string | undefined =>
  agreement.kind === 'boltz' ? agreement.id : undefined;

/** @param drive looks at a swap now, by its action */
export function createUpdates(deps: Deps, open: OpenSocket, drive: (actionId: string) => void): Updates {
  const { ports } = deps;
  const lines = new Map<string, Line>();
  const tried = new Map<string, number>();
  const asked = new Map<string, number>();
  let stopped = false;

  const agreedSwaps = async (): Promise<Agreed[]> =>
    (await ports.db.read(['swaps'], openSwaps)).filter((row): row is Agreed => row.agreement !== undefined);

  /** A word that is new is written down, and the swap looked at. */
  async function note(hash: string, said: Said): Promise<void> {
    const before = await ports.db.read(['swaps'], (tx) => swapOf(tx, hash));
    if (stopped || !before?.open || before.said === said) return;
    await ports.db.write(['swaps'], async (tx) => {
      if ((await swapOf(tx, hash))?.open) await updateSwap(tx, hash, { said }, ports.now());
    });
    drive(before.actionId);
  }

  async function hear(service: string, told: readonly Update[]): Promise<void> {
    const rows = (await agreedSwaps()).filter((row) => row.service === service);
    for (const { id, said } of told) {
      const row = rows.find((one) => nameOf(one) === id);
      if (row) await note(row.hash, said);
    }
  }

  function connect(service: string): void {
    if (ports.now() - (tried.get(service) ?? -Infinity) < RETRY_MS) return;
    tried.set(service, ports.now());
    try {
      const line = openLine(open, service, {
        now: () => ports.now(),
        told: (updates) => void hear(service, updates).catch(() => undefined),
        changed: () => void look(),
      });
      lines.set(service, line);
    } catch {
      // An address that may not be called: the service is asked instead, which says so.
    }
  }

  /** Connections to where swaps are open, and no others. */
  function follow(rows: readonly Agreed[]): void {
    const names = new Map<string, string[]>();
    for (const row of rows) {
      const name = nameOf(row);
      if (name !== undefined) names.set(row.service, [...(names.get(row.service) ?? []), name]);
    }
    for (const [service, line] of lines) {
      const here = names.get(service);
      if (here && line.tend(here) !== 'over') continue;
      line.close();
      lines.delete(service);
      if (!here) tried.delete(service);
    }
    for (const service of names.keys()) if (!lines.has(service)) connect(service);
  }

  /** Asks about a swap of which nothing is told. */
  async function ask(row: Agreed): Promise<void> {
    const { hash, agreement } = row;
    if (nameOf(row) !== undefined && lines.has(row.service)) return;
    if (ports.now() - (asked.get(hash) ?? -Infinity) < ASK_MS) return;
    asked.set(hash, ports.now());
    const said = await backendOf(deps, row).status(hash, agreement);
    if (said) await note(hash, said);
  }

  async function look(): Promise<void> {
    if (stopped) return;
    try {
      const rows = await agreedSwaps();
      if (stopped) return;
      follow(rows);
      // A service that cannot be reached is no matter: the chain is watched.
      await Promise.allSettled(rows.map(ask));
    } catch {
      // The store is closing; the next life looks again.
    }
  }

  const unwatch = ports.db.watch(['swaps'], () => void look());
  return {
    look,
    stop() {
      stopped = true;
      unwatch();
      lines.forEach((line) => line.close());
      lines.clear();
    },
  };
}
