// bark's `config.toml`: read, written at creation, overridden by environment variables BARK_<FIELD>. The file is flat
// (no tables, no arrays), so the small part of TOML that it uses is read here.
import type { Network } from '../src/bitcoin/network.ts';
import { SkiffError } from '../src/errors.ts';

type Value = string | number | boolean | null;

/** Fields, defaults and JSON order are those of bark 0.8.0; null: not set. */
export interface Config {
  server_address: string;
  server_access_token: string | null;
  user_agent: string | null;
  esplora_address: string | null;
  bitcoind_address: string | null;
  bitcoind_cookiefile: string | null;
  bitcoind_user: string | null;
  bitcoind_pass: string | null;
  bitcoind_zmq_address: string | null;
  vtxo_refresh_expiry_threshold: number;
  vtxo_exit_margin: number;
  htlc_recv_claim_delta: number;
  lightning_receive_claim_retries: number;
  socks5_proxy: string | null;
  /** sat per 1000 weight units. */
  fallback_fee_rate: number | null;
  round_tx_required_confirmations: number;
  offboard_required_confirmations: number;
  offboard_lost_tx_grace_period_secs: number;
  daemon_sync_interval_secs: number;
  change_vtxo_split_factor: number;
  daemon_manual_sync: boolean;
  vtxo_key_gap_limit: number;
}

export function defaultConfig(network: Network): Config {
  const main = network === 'mainnet';
  return {
    server_address: 'http://127.0.0.1:3535',
    server_access_token: null,
    user_agent: null,
    esplora_address: null,
    bitcoind_address: null,
    bitcoind_cookiefile: null,
    bitcoind_user: null,
    bitcoind_pass: null,
    bitcoind_zmq_address: null,
    vtxo_refresh_expiry_threshold: main ? 144 : 12,
    vtxo_exit_margin: 12,
    htlc_recv_claim_delta: 18,
    lightning_receive_claim_retries: 5,
    socks5_proxy: null,
    fallback_fee_rate: main ? 500 : 250,
    round_tx_required_confirmations: 1,
    offboard_required_confirmations: main ? 2 : 0,
    offboard_lost_tx_grace_period_secs: 3600,
    daemon_sync_interval_secs: 60,
    change_vtxo_split_factor: 2,
    daemon_manual_sync: false,
    vtxo_key_gap_limit: 250,
  };
}

/** Fields whose default is null hold text, except this one. */
const kindOf = (field: keyof Config, standard: Value): 'string' | 'number' | 'boolean' =>
  field === 'fallback_fee_rate' || typeof standard === 'number'
    ? 'number'
    : typeof standard === 'boolean'
      ? 'boolean'
      : 'string';

const broken = (where: string, why: string): SkiffError =>
  new SkiffError({ code: 'INVALID_ARGUMENT', say: `The configuration is not readable (${where}): ${why}.` });

function parseValue(text: string, line: number): Value {
  const trimmed = text.trim();
  const literal = /^'([^']*)'\s*(?:#.*)?$/.exec(trimmed);
  if (literal) return literal[1] as string;
  const basic = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(trimmed);
  if (basic) {
    try {
      return JSON.parse(basic[1] as string) as string;
    } catch {
      throw broken(`line ${line}`, 'an unknown escape');
    }
  }
  const bare = trimmed.replace(/\s*#.*$/, '').replace(/(\d)_(?=\d)/g, '$1');
  if (bare === 'true' || bare === 'false') return bare === 'true';
  if (/^[+-]?\d+$/.test(bare)) return Number(bare);
  throw broken(`line ${line}`, 'the value is not a text, a whole number or true/false');
}

/** Fields of a flat TOML text. @throws SkiffError INVALID_ARGUMENT. */
export function parseToml(text: string): Map<string, Value> {
  const fields = new Map<string, Value>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const found = /^\s*(?:([A-Za-z0-9_-]+)|"([^"]+)")\s*=(.*)$/.exec(line);
    if (!found) throw broken(`line ${i + 1}`, 'neither a field nor a comment');
    const key = (found[1] ?? found[2]) as string;
    if (fields.has(key)) throw broken(`line ${i + 1}`, `${key} occurs twice`);
    fields.set(key, parseValue(found[3] as string, i + 1));
  }
  return fields;
}

function fromEnvironment(text: string, kind: 'string' | 'number' | 'boolean', name: string): Value {
  if (kind === 'string') return text;
  if (kind === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (kind === 'number' && /^\d+$/.test(text)) return Number(text);
  throw broken(name, `not a ${kind}`);
}

/** Defaults ← file ← environment. @throws SkiffError INVALID_ARGUMENT. */
export function loadConfig(
  network: Network,
  toml: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Config {
  const config = defaultConfig(network);
  const file = parseToml(toml);
  for (const [field, standard] of Object.entries(config) as Array<[keyof Config, Value]>) {
    const kind = kindOf(field, standard);
    const override = env[`BARK_${field.toUpperCase()}`];
    const value = override === undefined ? file.get(field) : fromEnvironment(override, kind, field);
    if (value === undefined) continue;
    if (typeof value !== kind) throw broken(field, `not a ${kind}`);
    Object.assign(config, { [field]: value });
  }
  if (config.change_vtxo_split_factor < 1 || config.change_vtxo_split_factor > 3) {
    throw broken('change_vtxo_split_factor', 'not 1, 2 or 3');
  }
  return config;
}

/** TOML of the fields that are given, one a line. */
export const writeToml = (fields: ReadonlyArray<[string, string | number | undefined]>): string =>
  fields
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${typeof value === 'number' ? value : JSON.stringify(value)}\n`)
    .join('');

/** Adds `https://` (or the given scheme) to an address without one. @throws SkiffError INVALID_ARGUMENT. */
export function withScheme(scheme: 'https' | 'http', address: string): string {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `${scheme}://${address}`;
  if (!URL.canParse(full)) throw broken(address, 'not an address');
  return full;
}
