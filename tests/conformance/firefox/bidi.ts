// WebDriver BiDi, spoken straight to Firefox's own remote agent: no geckodriver between. Only what the smoke test needs.
// https://www.w3.org/TR/webdriver-bidi/

interface Answer {
  id?: number;
  type: string;
  result?: unknown;
  error?: string;
  message?: string;
}

export interface Bidi {
  /** One command. @throws Error with the browser's own words */
  send<T = unknown>(method: string, params?: object): Promise<T>;
  close(): void;
}

/** Opens a session at `ws://…`. @throws Error when nothing answers */
export async function connectBidi(url: string): Promise<Bidi> {
  const socket = new WebSocket(`${url}/session`);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('Firefox cannot be spoken to')));
  });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (e: Error) => void }>();
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(String(data)) as Answer;
    const one = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || !one) return;
    waiting.delete(id);
    if (type === 'success') one.resolve(result);
    else one.reject(new Error(`${error}: ${message}`));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox is gone'));
    waiting.clear();
  });
  let last = 0;
  const send = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  await send('session.new', { capabilities: {} });
  return { send, close: () => socket.close() };
}
