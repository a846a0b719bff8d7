// The program in tests/conformance/ldk under control: commands in, what happened out.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export type LdkEvent = { event: string } & Record<string, string | number | boolean | string[]>;

export interface LdkPeer {
  readonly port: number;
  /** Node id of the static-invoice server, hex. */
  readonly server: string;
  say(command: string): void;
  /** The next event (of those not yet taken) that fits; those before it stay. @throws Error after a minute */
  next(event: string, fits?: (event: LdkEvent) => boolean): Promise<LdkEvent>;
  /** Events that nobody has taken are forgotten. */
  forget(): void;
  stop(): void;
}

const PATIENCE_MS = 60_000;

export async function startLdk(binary: string): Promise<LdkPeer> {
  const child: ChildProcessWithoutNullStreams = spawn(binary);
  child.stderr.pipe(process.stderr);
  const events: LdkEvent[] = [];
  const looking = new Set<() => void>();
  createInterface(child.stdout).on('line', (line) => {
    events.push(JSON.parse(line) as LdkEvent);
    looking.forEach((look) => look());
  });

  function next(event: string, fits: (event: LdkEvent) => boolean = () => true): Promise<LdkEvent> {
    return new Promise((resolve, reject) => {
      const end = () => (looking.delete(look), clearTimeout(timer));
      const look = () => {
        const at = events.findIndex((one) => one.event === event && fits(one));
        const [found] = at === -1 ? [] : events.splice(at, 1);
        if (!found) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`LDK never said ${event}; it said ${events.map((e) => e.event).join(', ')}`));
      }, PATIENCE_MS);
      looking.add(look);
      look();
    });
  }
  const listening = await next('listening');
  return {
    port: Number(listening['port']),
    server: String(listening['server']),
    say: (command) => void child.stdin.write(`${command}\n`),
    next,
    forget: () => void events.splice(0),
    stop: () => void child.kill(),
  };
}
