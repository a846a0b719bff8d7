// The shop's page, written as any shop would: the published `webln` package, one button, and no idea which wallet is
// there. Its results also lie on `document.body.dataset`, for tests.
import { requestProvider } from 'webln';

interface Order {
  paymentRequest: string;
  paymentHash: string;
}

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const state = element<HTMLOutputElement>('state');
const params = new URLSearchParams(location.search);
const amount = Number(params.get('amount') ?? 2100);
const facts = document.body.dataset;

async function order(): Promise<Order> {
  const answer = await fetch('/order', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount }),
  });
  if (!answer.ok) throw new Error('The shop could not make an invoice.');
  return (await answer.json()) as Order;
}

/** A shop that trusts nobody: the proof is the preimage of its own invoice's hash. */
async function proves(preimage: string, hash: string): Promise<boolean> {
  const bytes = Uint8Array.from(preimage.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('') === hash;
}

let open: Promise<Order> | undefined;

async function pay(): Promise<void> {
  delete facts.error;
  state.textContent = 'Waiting for your wallet…';
  try {
    const webln = await requestProvider();
    const { paymentRequest, paymentHash } = await (open ??= order());
    facts.hash = paymentHash;
    const { preimage } = await webln.sendPayment(paymentRequest);
    if (!(await proves(preimage, paymentHash))) throw new Error('The proof of payment is wrong.');
    facts.preimage = preimage;
    facts.paidAt = String(performance.timeOrigin + performance.now());
    state.textContent = 'Paid. Your coffee is on its way.';
  } catch (e) {
    const { name, code, message } = e as Error & { code?: string };
    facts.error = JSON.stringify({ name, code, message });
    state.textContent = `Not paid: ${message}`;
  }
}

async function showLink(): Promise<void> {
  const { paymentRequest, paymentHash } = await (open ??= order());
  const link = element<HTMLAnchorElement>('link');
  link.href = `lightning:${paymentRequest}`;
  link.hidden = false;
  facts.hash = paymentHash;
}

element('price').textContent = amount.toLocaleString('en').replaceAll(',', '\u202f');
element('pay').addEventListener('click', () => void pay());
if (params.has('link')) void showLink();
// A site that greets its regulars: asks at load, without a click.
if (params.has('eager'))
  void requestProvider().then(
    () => void (facts.enabled = 'true'),
    (e: Error) => void (facts.error = JSON.stringify({ message: e.message })),
  );
document.addEventListener('webln:ready', () => void (facts.heardReady = 'true'));
facts.early = String('webln' in window);
