// Bitcoin addresses ↔ scriptPubKeys (BIP 173, BIP 350, base58check). One address text may belong to several
// test networks (`tb1…` is testnet and signet; `2…` and `m…`/`n…` are all three), so parsing returns the set.
import { bech32, bech32m, createBase58check } from '@scure/base';
import { sha256 } from '../crypto/hash.ts';
import { SkiffError } from '../errors.ts';
import { NETWORK_NAMES, NETWORKS } from './network.ts';
import type { Network } from './network.ts';

export interface BitcoinAddress {
  /** As given, except that upper-case segwit addresses become lower case. */
  text: string;
  /** scriptPubKey the address stands for. */
  script: Uint8Array;
  /** Every network on which the text is this address. Never empty. */
  networks: readonly Network[];
}

const base58check = createBase58check((data: Uint8Array) => sha256(data));

const invalid = (reason: string, cause?: unknown): SkiffError =>
  new SkiffError({
    code: 'INVALID_ADDRESS',
    say: 'This is not a valid Bitcoin address.',
    details: { reason },
    cause,
  });

/** scriptPubKey of a witness program. `version` 0…16, `program` 2…40 bytes. */
export function witnessScript(version: number, program: Uint8Array): Uint8Array {
  if (!Number.isInteger(version) || version < 0 || version > 16) throw invalid('witness version');
  if (program.length < 2 || program.length > 40) throw invalid('witness program length');
  if (version === 0 && program.length !== 20 && program.length !== 32) throw invalid('v0 program length');
  return Uint8Array.from([version === 0 ? 0 : 0x50 + version, program.length, ...program]);
}

/** OP_DUP OP_HASH160 <hash> OP_EQUALVERIFY OP_CHECKSIG. `hash` 20 bytes. */
export function pubKeyHashScript(hash: Uint8Array): Uint8Array {
  if (hash.length !== 20) throw invalid('key hash length');
  return Uint8Array.from([0x76, 0xa9, 20, ...hash, 0x88, 0xac]);
}

/** OP_HASH160 <hash> OP_EQUAL. `hash` 20 bytes. */
export function scriptHashScript(hash: Uint8Array): Uint8Array {
  if (hash.length !== 20) throw invalid('script hash length');
  return Uint8Array.from([0xa9, 20, ...hash, 0x87]);
}

function parseSegwit(text: string): BitcoinAddress {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) throw invalid('mixed case');
  const hrp = lower.slice(0, lower.lastIndexOf('1'));
  const networks = NETWORK_NAMES.filter((n) => NETWORKS[n].bech32 === hrp);
  const version = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(lower.charAt(hrp.length + 1));
  const coder = version === 0 ? bech32 : bech32m;
  let program: Uint8Array;
  try {
    program = coder.fromWords(coder.decode(lower as `${string}1${string}`, 90).words.slice(1));
  } catch (cause) {
    throw invalid('checksum', cause);
  }
  return { text: lower, script: witnessScript(version, program), networks };
}

function parseBase58(text: string): BitcoinAddress {
  let bytes: Uint8Array;
  try {
    bytes = base58check.decode(text);
  } catch (cause) {
    throw invalid('checksum', cause);
  }
  if (bytes.length !== 21) throw invalid('length');
  const hash = bytes.subarray(1);
  const keyHash = NETWORK_NAMES.filter((n) => NETWORKS[n].pubKeyHash === bytes[0]);
  if (keyHash.length > 0) return { text, script: pubKeyHashScript(hash), networks: keyHash };
  const scriptHash = NETWORK_NAMES.filter((n) => NETWORKS[n].scriptHash === bytes[0]);
  if (scriptHash.length > 0) return { text, script: scriptHashScript(hash), networks: scriptHash };
  throw invalid('version byte');
}

/** Parses an address of any known network. @throws SkiffError INVALID_ADDRESS. */
export function parseAddress(text: string): BitcoinAddress {
  if (text.length > 90) throw invalid('length');
  if (/^(bc|tb|bcrt)1/i.test(text)) return parseSegwit(text);
  return parseBase58(text);
}

/** scriptPubKey of an address on `network`. @throws SkiffError INVALID_ADDRESS or WRONG_NETWORK. */
export function addressToScript(text: string, network: Network): Uint8Array {
  const address = parseAddress(text);
  if (!address.networks.includes(network)) {
    throw new SkiffError({
      code: 'WRONG_NETWORK',
      say: `This Bitcoin address belongs to another network (${address.networks.join(', ')}); this wallet is on ${network}.`,
      details: { address: address.text, wallet: network },
    });
  }
  return address.script;
}

/** Address of a scriptPubKey, or undefined when the script has no address form (P2A has one: it is a witness v1 program). */
export function scriptToAddress(script: Uint8Array, network: Network): string | undefined {
  const prefixes = NETWORKS[network];
  const [op, length] = script;
  const isKeyHash =
    script.length === 25 &&
    op === 0x76 &&
    length === 0xa9 &&
    script[2] === 20 &&
    script[23] === 0x88 &&
    script[24] === 0xac;
  if (isKeyHash) return base58check.encode(Uint8Array.of(prefixes.pubKeyHash, ...script.subarray(3, 23)));
  if (script.length === 23 && op === 0xa9 && length === 20 && script[22] === 0x87) {
    return base58check.encode(Uint8Array.of(prefixes.scriptHash, ...script.subarray(2, 22)));
  }
  if (op === undefined || length === undefined || length !== script.length - 2) return undefined;
  const version = op === 0 ? 0 : op - 0x50;
  if (version < 0 || version > 16 || length < 2 || length > 40) return undefined;
  if (version === 0 && length !== 20 && length !== 32) return undefined;
  const coder = version === 0 ? bech32 : bech32m;
  return coder.encode(prefixes.bech32, [version, ...coder.toWords(script.subarray(2))]);
}
