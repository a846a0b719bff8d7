// A transaction or block that the chain refuses, with the reason in Bitcoin Core's words where it has some.
export class Rejected extends Error {
  override readonly name = 'Rejected';
  /** Core's reject reason, for example `bad-txns-inputs-missingorspent`. */
  readonly reason: string;
  /** JSON-RPC code of `sendrawtransaction`: -22 undecodable, -25 missing inputs, -26 refused by rules, -27 confirmed already. */
  readonly code: number;

  constructor(reason: string, code = -26) {
    super(reason);
    this.reason = reason;
    this.code = code;
  }
}

export const MISSING = 'bad-txns-inputs-missingorspent';

/** Inputs that do not exist or are spent. */
export const missing = (): Rejected => new Rejected(MISSING, -25);
