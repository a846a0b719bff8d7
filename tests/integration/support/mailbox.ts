// What tests of the mailbox work with: a payer with money, wallets whose ports can be bent, and a look at their rows.
import type { Devnet } from '../../../devnet/index.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { SkiffError } from '../../../src/errors.ts';
import type { ArkServer } from '../../../src/server/connect.ts';
import type { ChainSource } from '../../../src/chain/source.ts';
import type { InboxRow } from '../../../src/store/rows.ts';
import { sats } from '../../../src/units.ts';
import type { WalletPorts } from '../../../src/wallet/ports.ts';
import { devChainSource } from './chain-source.ts';
import { fund, newWallet, openInstance, type Instance, type Profile } from './wallets.ts';

/** What a test may change of a wallet's ports while it runs. */
export interface Bends {
  server: Partial<ArkServer>;
  chain: Partial<ChainSource>;
  locked: boolean;
  ports: Partial<WalletPorts>;
}

export interface Bent extends Instance {
  profile: Profile;
  bends: Bends;
}

const lockedError = () => new SkiffError({ code: 'LOCKED', say: 'Locked.', retry: 'later' });

export const unreachable = async (): Promise<never> => {
  throw new SkiffError({ code: 'CHAIN_UNREACHABLE', say: 'No chain.', retry: 'later' });
};

/** Wraps ports so that `bends` decide what they do. */
function bend(bends: Bends): (ports: WalletPorts) => WalletPorts {
  return (ports) => ({
    ...ports,
    server: async () => ({ ...(await ports.server()), ...bends.server }),
    chain: new Proxy(ports.chain, {
      get: (chain, name) => Reflect.get(bends.chain, name) ?? Reflect.get(chain, name),
    }),
    keys: {
      unlocked: () => {
        if (bends.locked) throw lockedError();
        return ports.keys.unlocked();
      },
    },
    ...bends.ports,
  });
}

/** @param clockOff how far the wallet's clock is off, ms */
export async function bentWallet(
  devnet: Devnet,
  profile?: Profile,
  ports: Partial<WalletPorts> = {},
  clockOff = 0,
): Promise<Bent> {
  const bends: Bends = { server: {}, chain: {}, locked: false, ports };
  const options = { chain: devChainSource(devnet.chain), wrap: bend(bends), clockOff };
  if (profile) return { ...(await openInstance(devnet, profile, options)), profile, bends };
  return { ...(await newWallet(devnet, options)), bends };
}

/** A wallet with `amount` that pays others. */
export async function payerOf(devnet: Devnet, amount: bigint): Promise<Bent> {
  const payer = await bentWallet(devnet);
  await fund(devnet, payer, amount);
  return payer;
}

/** Sends each amount as a message of its own. Resolves with the address. */
export async function send(payer: Instance, to: Instance, ...amounts: bigint[]): Promise<string> {
  const { address } = await to.wallet.newAddress();
  for (const amount of amounts) {
    await payer.wallet.pay(await payer.wallet.inspect(address), { amount: sats(amount) });
    await payer.settle();
  }
  return address;
}

export const mailboxOf = ({ ports }: Instance): Uint8Array => ports.keys.unlocked().mailbox().publicKey;

export const inboxOf = ({ db }: Instance): Promise<InboxRow[]> =>
  db.read(['inbox'], (tx) => tx.query<InboxRow>('inbox'));

export const checkpointOf = ({ db }: Instance): Promise<bigint> =>
  db.read(
    ['mailbox'],
    async (tx) => (await tx.get<{ checkpoint: bigint }>('mailbox', 'main'))?.checkpoint ?? 0n,
  );

export const received = async ({ wallet }: Instance): Promise<bigint[]> =>
  (await wallet.history()).filter((l) => l.subsystem.kind === 'receive').map((l) => l.effective);

export const spendable = async ({ wallet }: Instance): Promise<bigint> => (await wallet.balance()).spendable;

/** Ids that the recovery mailbox of a wallet holds. */
export const recoveryIds = (devnet: Devnet, wallet: Instance): string[] => {
  const key = toHex(wallet.ports.keys.unlocked().recoveryMailbox().publicKey);
  const mine = devnet.ark.mailboxes.dump().filter((row) => row.mailbox === key);
  return mine.flatMap(({ item }) => ('vtxoId' in item ? [item.vtxoId] : []));
};
