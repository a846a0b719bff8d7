// The thread that talks to a node: takes one call at a time, leaves the answer in its port and wakes who waits for it.
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

const { port, bell } = workerData as { port: MessagePort; bell: Int32Array };

interface Call {
  url: string;
  auth: string;
  body: string;
}

async function ask({ url, auth, body }: Call): Promise<unknown> {
  try {
    const headers = { authorization: `Basic ${btoa(auth)}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body });
    if (response.status === 401) return { failed: 'the node refuses user and password' };
    return { answer: await response.json() };
  } catch (e) {
    return { failed: `the node does not answer: ${e instanceof Error ? e.message : String(e)}` };
  }
}

port.on('message', (call: Call) => {
  void ask(call).then((result) => {
    port.postMessage(result);
    Atomics.store(bell, 0, 1);
    Atomics.notify(bell, 0);
  });
});
