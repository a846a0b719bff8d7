// A fence around a wallet's ports. Every effect is a numbered pair of points, before it happens and after it happened but
// before the wallet learns of it. At the chosen point the instance dies: that call and every later one of it throws.
import { SkiffError } from '../../../src/errors.ts';
import type { ArkServer } from '../../../src/server/connect.ts';
import type { WalletPorts } from '../../../src/wallet/ports.ts';

/** The nth time (from 0) that an instance comes to the point with this name. */
export interface Point {
  readonly name: string;
  readonly nth: number;
}

export interface Fence {
  /** The points visited so far, in order. */
  readonly points: Point[];
  readonly dead: boolean;
  /** Resolves when the instance dies. */
  readonly died: Promise<void>;
  wrap(ports: WalletPorts): WalletPorts;
}

const fenced = () => new SkiffError({ code: 'FENCED', say: 'This instance is dead.' });

/**
 * @param killAt the point at which the instance dies; none for a recording
 * @param dies asked at every point: is it this one?
 */
export function createFence(killAt?: Point, dies: () => boolean = () => false): Fence {
  const points: Point[] = [];
  const seen = new Map<string, number>();
  let dead = false;
  const { promise: died, resolve } = Promise.withResolvers<void>();

  const check = () => {
    if (dead) throw fenced();
  };
  const visit = (name: string) => {
    check();
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    points.push({ name, nth });
    if ((name !== killAt?.name || nth !== killAt.nth) && !dies()) return;
    dead = true;
    resolve();
    throw fenced();
  };
  const effect = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    visit(`before ${name}`);
    try {
      return await run();
    } finally {
      visit(`after ${name}`);
    }
  };
  /** Opening a stream is an effect, and so is each of its messages: the wallet may die before it learns of it. */
  async function* streamed(name: string, open: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
    visit(`before ${name}`);
    for await (const message of open()) {
      visit(`after ${name}`);
      yield message;
    }
  }
  /** Every function of `target` becomes an effect. */
  const guarded = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get(object, key) {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== 'function' || typeof key !== 'string') return value;
        const call = value as (...args: unknown[]) => unknown;
        // Answered from memory: no effect, but nothing for the dead.
        if (key === 'info') {
          return async () => {
            check();
            return call.apply(object, []);
          };
        }
        if (key === 'clockSkew') return call.bind(object);
        if (key.startsWith('subscribe')) {
          return (...args: unknown[]) =>
            streamed(`${prefix} ${key}`, () => call.apply(object, args) as AsyncIterable<unknown>);
        }
        return (...args: unknown[]) => effect(`${prefix} ${key}`, async () => call.apply(object, args));
      },
    });

  function wrap(ports: WalletPorts): WalletPorts {
    const { db } = ports;
    return {
      ...ports,
      db: {
        // Reads change nothing and cannot be told apart from the point before: only the fence applies.
        read: async (tables, body) => {
          check();
          const rows = await db.read(tables, body);
          check();
          return rows;
        },
        write: (tables, body) => effect('commit', () => db.write(tables, body)),
        watch: (tables, changed) => db.watch(tables, () => dead || changed()),
        close: () => db.close(),
      },
      server: async () => {
        check();
        const server = await ports.server();
        return guarded<ArkServer>(server, 'rpc');
      },
      chain: guarded(ports.chain, 'chain'),
      web: (...request) => effect('web fetch', () => ports.web(...request)),
      stream: (url) => (events) => effect('stream opened', () => ports.stream(url)(events)),
      keys: {
        unlocked: () => {
          check();
          return ports.keys.unlocked();
        },
      },
      now: () => {
        check();
        return ports.now();
      },
      random: (length) => {
        check();
        return ports.random(length);
      },
      locks: {
        tryHold: async (name, body) => {
          check();
          return ports.locks.tryHold(name, body);
        },
        hold: async (name, body) => {
          check();
          return ports.locks.hold(name, body);
        },
      },
      schedule: (at) => {
        check();
        ports.schedule(at);
      },
    };
  }

  return {
    points,
    get dead() {
      return dead;
    },
    died,
    wrap,
  };
}
