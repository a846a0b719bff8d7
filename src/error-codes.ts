// The one vocabulary of error codes. A new code gets its line here with the reason it exists.

export type ErrorCode =
  // input of a person or a site
  | 'INVALID_ARGUMENT'
  | 'INVALID_ENCODING'
  | 'INVALID_CHECKSUM'
  | 'INVALID_SIGNATURE'
  | 'INVALID_VTXO'
  | 'INVALID_ADDRESS'
  | 'INVALID_INVOICE'
  | 'INVOICE_EXPIRED'
  // an onion or blinded path that is damaged, forged or not for us: flows answer with silence
  | 'INVALID_ONION'
  // a Lightning peer broke BOLT 8 or BOLT 1: the connection is over
  | 'PEER_MISBEHAVED'
  | 'AMOUNT_REQUIRED'
  | 'AMOUNT_OUT_OF_RANGE'
  | 'DUST'
  | 'WRONG_NETWORK'
  | 'WRONG_SERVER'
  | 'UNSUPPORTED'
  // money
  | 'INSUFFICIENT_FUNDS'
  | 'ALREADY_PAID'
  // an invoice that this wallet made itself
  | 'OWN_INVOICE'
  | 'PAYMENT_IN_PROGRESS'
  | 'PAYMENT_FAILED'
  | 'PAYMENT_PENDING'
  // the person called it off in time
  | 'CALLED_OFF'
  // the server did not give a payment's money back in time: it leaves by the chain
  | 'PAYMENT_EXITING'
  // no way to the recipient within the routing fees that the server pays for: paying more may help
  | 'ROUTE_TOO_DEAR'
  | 'COIN_LOCKED'
  | 'COIN_UNKNOWN'
  // server and chain
  | 'SERVER_UNREACHABLE'
  | 'SERVER_REFUSED'
  | 'SERVER_ERROR'
  | 'SERVER_KEY_CHANGED'
  | 'SERVER_UNSAFE'
  | 'SERVER_MISBEHAVED'
  | 'PROTOCOL_TOO_OLD'
  | 'PROTOCOL_TOO_NEW'
  | 'CHAIN_UNREACHABLE'
  | 'CHAIN_MISBEHAVED'
  // two chain servers of different operators say different things
  | 'CHAIN_DISAGREES'
  // mainnet with one chain server: nobody contradicts it, so nothing it says may count
  | 'CHAIN_NEEDS_SECOND'
  // a plain web request that failed (translated by chain, lnurl, …), or that must not be made at all
  | 'HTTP_FAILED'
  | 'HTTP_REFUSED'
  | 'ANCHOR_NOT_FOUND'
  // the transaction behind a coin is not in enough blocks yet
  | 'ANCHOR_UNCONFIRMED'
  // the chain did not take a transaction of ours
  | 'TX_REJECTED'
  // the service behind a Lightning address or LNURL: out of reach, said no, or broke the rules
  | 'RECIPIENT_UNREACHABLE'
  | 'RECIPIENT_REFUSED'
  | 'RECIPIENT_MISBEHAVED'
  // a swap service: out of reach, said no, broke the rules; or the swap came to nothing and the money is back
  | 'SWAP_UNREACHABLE'
  | 'SWAP_REFUSED'
  | 'SWAP_MISBEHAVED'
  | 'SWAP_FAILED'
  // wallet and vault
  | 'LOCKED'
  | 'WRONG_PASSWORD'
  // after several wrong passwords in a row the next one has to wait
  | 'TOO_MANY_TRIES'
  | 'NO_WALLET'
  | 'WALLET_EXISTS'
  | 'INVALID_MNEMONIC'
  | 'WEAK_PASSWORD'
  // the sealed seed does not have the form or the seal it must have
  | 'VAULT_DAMAGED'
  // another context wrote the sealed keys in the meantime: what was read is not what would be replaced
  | 'VAULT_CHANGED'
  // a backup file that cannot be read, of another seed or network, or of a newer Skiff
  | 'BACKUP_DAMAGED'
  | 'BACKUP_FOREIGN'
  | 'BACKUP_TOO_NEW'
  | 'STORE_BUSY'
  | 'STORE_FROM_THE_FUTURE'
  // disk full or damaged; a key or unique index that is taken (seen by repositories, not by people)
  | 'STORE_FAILED'
  | 'STORE_CONFLICT'
  | 'FENCED'
  // sites
  | 'NOT_ENABLED'
  // more than a site may spend without asking: the person is asked instead
  | 'BUDGET_EXCEEDED'
  // an invoice that this site neither asked to pay nor had made
  | 'NOT_FOUND'
  | 'USER_REJECTED'
  | 'PROMPT_CLOSED'
  | 'RATE_LIMITED'
  | 'INTERNAL';
