// Mnemonic to keys: seed, m/350' and its children, fingerprints, BIP-86 addresses.
import { entropyToMnemonic, mnemonicToSeedSync } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { HDKey } from '@scure/bip32';

import { deriveWalletKeys } from '../../../src/ark/keys.ts';
import { onchainAccount, onchainKey, onchainSecret } from '../../../src/bitcoin/descriptors.ts';
import type { Network } from '../../../src/bitcoin/network.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { nobleCurve as curve } from '../../../src/crypto/noble.ts';
import { base58check } from '@scure/base';
import { sha256 } from '../../../src/crypto/hash.ts';
import type { Check } from '../check.ts';

interface Key {
  secret: string;
  public: string;
}
interface Data {
  wallets: {
    entropy: string;
    mnemonic: string;
    seed: string;
    network: string;
    bark_xpriv_350h: string;
    bark_fingerprint: string;
    vtxo_xpriv_350h_0h: string;
    vtxo_xpub: string;
    vtxo_keys: { index: number; key: Key }[];
    mailbox_key_350h_1h: Key;
    recovery_mailbox_key_350h_2h: Key;
    onchain_bip86_external: { index: number; internal: Key; address: string }[];
  }[];
}

const TEST_VERSIONS = { private: 0x04358394, public: 0x043587cf };
const networkOf = (name: string): Network => (name === 'bitcoin' ? 'mainnet' : (name as Network));

export function compare(data: Data, check: Check): void {
  for (const [i, w] of data.wallets.entries()) {
    const label = `wallet ${i}`;
    const mnemonic = entropyToMnemonic(fromHex(w.entropy), wordlist);
    check(mnemonic, w.mnemonic, `${label} words`);
    const seed = mnemonicToSeedSync(mnemonic);
    check(seed, w.seed, `${label} seed`);
    const network = networkOf(w.network);
    const versions = network === 'mainnet' ? undefined : TEST_VERSIONS;
    const keys = deriveWalletKeys(seed);
    check(keys.fingerprint, w.bark_fingerprint, `${label} fingerprint`);

    // The extended keys in the network's own version bytes, to compare the texts.
    const root = HDKey.fromMasterSeed(seed, versions).derive("m/350'");
    const account = root.derive("m/0'");
    check(root.privateExtendedKey, w.bark_xpriv_350h, `${label} m/350'`);
    check(account.privateExtendedKey, w.vtxo_xpriv_350h_0h, `${label} m/350'/0'`);
    check(account.publicExtendedKey, w.vtxo_xpub, `${label} vtxo xpub`);
    const ours = keys.vtxoAccount(network !== 'mainnet');
    check(ours.secret, toHex(account.privateKey ?? new Uint8Array()), `${label} account secret`);
    check(ours.xpub, toHex(base58check(sha256).decode(w.vtxo_xpub)), `${label} xpub bytes`);

    const pair = (made: { secret: Uint8Array; publicKey: Uint8Array }, file: Key, what: string) => {
      check(made.secret, file.secret, `${label} ${what} secret`);
      check(made.publicKey, file.public, `${label} ${what} public key`);
    };
    for (const { index, key } of w.vtxo_keys) {
      pair(keys.vtxoKey(index), key, `vtxo key ${index}`);
      check(keys.vtxoPublicKey(index), key.public, `${label} vtxo public key ${index}`);
    }
    pair(keys.mailbox(), w.mailbox_key_350h_1h, 'mailbox');
    pair(keys.recoveryMailbox(), w.recovery_mailbox_key_350h_2h, 'recovery mailbox');

    const onchain = onchainAccount(seed, network);
    for (const { index, internal, address } of w.onchain_bip86_external) {
      const secret = onchainSecret(onchain, index);
      const key = onchainKey(onchain, index, network);
      check(secret, internal.secret, `${label} on-chain ${index} secret`);
      check(curve.publicKey(secret), internal.public, `${label} on-chain ${index} public key`);
      check(key.internal, internal.public.slice(2), `${label} on-chain ${index} internal key`);
      check(key.address, address, `${label} on-chain ${index} address`);
    }
  }
}
