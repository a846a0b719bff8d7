// The Bitcoin networks Skiff knows, with the prefixes of their addresses (BIP 173, base58 version bytes).

export type Network = 'mainnet' | 'testnet' | 'signet' | 'regtest';

export interface AddressPrefixes {
  /** Human-readable part of segwit addresses. */
  bech32: string;
  /** base58check version byte of P2PKH. */
  pubKeyHash: number;
  /** base58check version byte of P2SH. */
  scriptHash: number;
}

const TEST: AddressPrefixes = { bech32: 'tb', pubKeyHash: 0x6f, scriptHash: 0xc4 };

export const NETWORKS: Readonly<Record<Network, AddressPrefixes>> = {
  mainnet: { bech32: 'bc', pubKeyHash: 0x00, scriptHash: 0x05 },
  testnet: TEST,
  signet: TEST,
  regtest: { ...TEST, bech32: 'bcrt' },
};

export const NETWORK_NAMES = Object.keys(NETWORKS) as Network[];

/** SLIP-44 coin type: 0 on mainnet, 1 on every test network. */
export const coinType = (network: Network): 0 | 1 => (network === 'mainnet' ? 0 : 1);
