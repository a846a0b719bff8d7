// The executor over a made-up action on the real store: what is committed, when, and by whom.
import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SkiffError } from '../../../src/errors.ts';
import { action, startAction, tellAction } from '../../../src/store/actions.ts';
import { coin, lockCoins, storeCoin } from '../../../src/store/coins.ts';
import { openDexie } from '../../../src/store/dexie.ts';
import { movementOf, openMovement } from '../../../src/store/movements.ts';
import type { Db } from '../../../src/store/port.ts';
import type { ActionNews } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import { createExecutor } from '../../../src/wallet/actions/executor.ts';
import type { ActionKind, Outcome, StepState } from '../../../src/wallet/actions/outcome.ts';
import { CHANGE_TABLES } from '../../../src/wallet/changes.ts';
import { memoryLocks } from '../../../src/wallet/locks.ts';
import { defaultConfig, type Deps, type WalletPorts } from '../../../src/wallet/ports.ts';

interface Counting extends StepState {
  n: number;
}
type Step = (state: Counting, news: ActionNews) => Outcome<Counting> | Promise<Outcome<Counting>>;

const A = `${'aa'.repeat(32)}:0`;
const B = `${'bb'.repeat(32)}:0`;
let db: Db;
let names = 0;
let now = 1_000_000;
let wakeups: number[];

function setUp(step: Step, more: { doubleDrive?: boolean; locks?: WalletPorts['locks'] } = {}) {
  const ports = {
    db,
    now: () => now,
    locks: more.locks ?? memoryLocks(),
    schedule: (at: number) => wakeups.push(at),
    log: { info: () => undefined, warn: () => undefined },
  } as unknown as WalletPorts;
  const deps: Deps = {
    ports,
    config: { ...defaultConfig('regtest'), doubleDrive: more.doubleDrive ?? false },
  };
  const kind: ActionKind<Counting> = {
    kind: 'counting',
    run: async (_deps, _id, state, news) => step(state, news),
  };
  return createExecutor(deps, [kind]);
}

const start = (id = 'x') =>
  db.write(CHANGE_TABLES, async (tx) => {
    await storeCoin(tx, {
      id: A,
      state: 'spendable',
      kind: 'board',
      amount: sats(1000),
      expiryHeight: 500,
      exitDepth: 1,
      policyType: 'pubkey',
      keyIndex: 0,
      anchorTxid: '',
      createdAt: now,
      bytes: new Uint8Array([1]),
      registered: true,
    });
    await lockCoins(tx, [A], id);
    await openMovement(tx, { actionId: id, subsystem: { name: 't', kind: 't' }, intended: 0n }, {}, now);
    await startAction(tx, { id, kind: 'counting', state: { step: 'go', n: 0 } }, now);
  });
const row = (id = 'x') => db.read(['actions'], (tx) => action(tx, id));
const coinRow = (id: string) => db.read(['coins'], (tx) => coin(tx, id));

const freshCoin = {
  id: B,
  kind: 'change',
  amount: sats(900),
  expiryHeight: 500,
  exitDepth: 3,
  policyType: 'pubkey',
  keyIndex: 1,
  anchorTxid: '',
};
const finish = (bytes = new Uint8Array([2, 3])): Outcome<Counting> => ({
  then: 'done',
  changes: [
    { do: 'add-coin', coin: freshCoin, body: bytes },
    { do: 'spend-coins', ids: [A] },
    { do: 'movement', patch: { status: 'successful', outputs: [B] } },
  ],
});

beforeEach(async () => {
  db = await openDexie(`executor-${names++}`);
  wakeups = [];
  await start();
});
afterEach(() => db.close());

describe('driving', () => {
  test('goes on while steps say next; a finished action leaves its rows and is gone', async () => {
    const seen: number[] = [];
    const executor = setUp((s) => {
      seen.push(s.n);
      return s.n < 3 ? { then: 'next', state: { step: 'go', n: s.n + 1 } } : finish();
    });
    await executor.drive('x');
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(await row()).toBeUndefined();
    expect((await coinRow(A))?.state).toBe('spent');
    expect((await coinRow(B))?.state).toBe('spendable');
    expect((await db.read(['movements'], (tx) => movementOf(tx, 'x')))?.status).toBe('successful');
  });

  test('parks with its time on disk and asks the host to wake it', async () => {
    const executor = setUp((s) => ({ then: 'park', state: { ...s, n: 9 }, wakeAt: now + 2000 }));
    await executor.drive('x');
    expect(await row()).toMatchObject({ state: { n: 9 }, wakeAt: now + 2000, version: 2 });
    expect(wakeups).toEqual([now + 2000]);
  });

  test('a step that throws is tried again later and later, and its error can be read', async () => {
    const executor = setUp(() => {
      throw new SkiffError({ code: 'SERVER_UNREACHABLE', say: 'Away.' });
    });
    await executor.drive('x');
    await executor.drive('x');
    expect(await row()).toMatchObject({
      retries: 2,
      wakeAt: now + 4000,
      lastError: { code: 'SERVER_UNREACHABLE' },
    });
    expect((await coinRow(A))?.state).toBe('locked');
  });

  test('a locked vault parks without a timer', async () => {
    const executor = setUp(() => {
      throw new SkiffError({ code: 'LOCKED', say: 'Locked.' });
    });
    await executor.drive('x');
    expect((await row())?.wakeAt).toBeUndefined();
    expect(wakeups).toEqual([]);
  });

  test('only actions whose time has come are driven by a timer, all of them at start', async () => {
    const executor = setUp((s) => ({ then: 'park', state: { ...s, n: s.n + 1 }, wakeAt: now + 1000 }));
    await executor.driveAll('all');
    await executor.driveAll('due');
    expect((await row())?.state).toMatchObject({ n: 1 });
    now += 1000;
    await executor.driveAll('due');
    expect((await row())?.state).toMatchObject({ n: 2 });
  });
});

describe('one at a time', () => {
  test('calls during a drive join it and make it look once more', async () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let running = 0;
    let runs = 0;
    const executor = setUp(async (state) => {
      expect(++running).toBe(1);
      runs++;
      await gate;
      running--;
      return { then: 'park', state };
    });
    const all = [executor.drive('x')];
    await vi.waitFor(() => expect(runs).toBe(1));
    all.push(executor.drive('x'), executor.drive('x'));
    open();
    await Promise.all(all);
    expect(runs).toBe(2);
  });

  test('a context that does not get the lock leaves the action alone', async () => {
    const locks = memoryLocks();
    let runs = 0;
    const executor = setUp(() => (runs++, finish()), { locks });
    await locks.hold('x', () => executor.drive('x'));
    expect(runs).toBe(0);
    expect(await row()).toBeDefined();
  });

  test('a driver that was overtaken writes nothing', async () => {
    const slow = setUp(async () => {
      await setUp((state) => ({ then: 'park', state: { ...state, n: 7 } })).drive('x');
      return finish();
    });
    await slow.drive('x');
    expect((await row())?.state).toMatchObject({ n: 7 });
    expect((await coinRow(A))?.state).toBe('locked');
    expect(await coinRow(B)).toBeUndefined();
  });
});

describe('guards', () => {
  test('an action cannot end while it still holds a coin: nothing of the step is kept', async () => {
    const executor = setUp(() => ({ then: 'done', changes: [] }));
    await expect(executor.drive('x')).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(wakeups).toEqual([now + 1000]);
    expect(await row()).toBeDefined();
    expect((await coinRow(A))?.state).toBe('locked');
  });

  test('double drive: the same rows but for signatures pass', async () => {
    let signature = 0;
    const executor = setUp(() => finish(new Uint8Array([2, signature++])), { doubleDrive: true });
    await executor.drive('x');
    expect((await coinRow(B))?.state).toBe('spendable');
    expect(signature).toBe(2);
  });

  test('double drive: other rows are a mistake', async () => {
    let amount = 900;
    const executor = setUp(
      () => ({
        then: 'done',
        changes: [{ do: 'add-coin', coin: { ...freshCoin, amount: sats(amount++) }, body: new Uint8Array() }],
      }),
      { doubleDrive: true },
    );
    await expect(executor.drive('x')).rejects.toThrow(/double drive of x: changes differ/);
    expect(await coinRow(B)).toBeUndefined();
  });

  test('a stopped executor starts nothing', async () => {
    const executor = setUp(() => finish());
    await executor.stop();
    await executor.drive('x');
    expect(await row()).toBeDefined();
  });
});

describe('news from elsewhere', () => {
  const tell = (preimage: string, id = 'x') =>
    db.write(['actions'], (tx) => tellAction(tx, id, { preimage }));

  test('reaches the next step, and the step that runs just now neither fails nor forgets it', async () => {
    const heard: ActionNews[] = [];
    const executor = setUp(async (state, news) => {
      heard.push(news);
      if (state.n === 0) await tell('ab');
      return state.n < 2 ? { then: 'next', state: { step: 'go', n: state.n + 1 } } : finish();
    });
    await executor.drive('x');
    expect(heard).toEqual([{}, { preimage: 'ab' }, { preimage: 'ab' }]);
    expect(await row()).toBeUndefined();
  });

  test('of an action that has ended is nobody’s', async () => {
    await tell('ab', 'y');
    expect(await row('y')).toBeUndefined();
  });
});

test('a wake-up that comes while a drive is ending is not lost', async () => {
  let steps = 0;
  const locks = memoryLocks();
  let again: Promise<void> | undefined;
  const executor = setUp(
    (state) => {
      steps += 1;
      return { then: 'park', state };
    },
    {
      locks: {
        ...locks,
        // The loop has made its last check when the lock is given back.
        tryHold: async (name, body) => {
          const held = await locks.tryHold(name, body);
          again ??= executor.drive('x');
          return held;
        },
      },
    },
  );
  await executor.drive('x');
  await again;
  expect(steps).toBe(2);
});
