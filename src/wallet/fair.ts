// What the wallet may pay by itself, without a person who has seen the price. A server that asks for more is not obeyed:
// the coins stay where they are, and the person decides. Pure.

/** One part in so many, */
const PART = 20n;
/** or so few satoshi that it does not matter, as long as most of it is left. */
const LITTLE = 1_000n;

/** May `fee` be taken from `amount` without asking? Both in satoshi. */
export const isFair = (fee: bigint, amount: bigint): boolean =>
  fee * PART <= amount || (fee <= LITTLE && fee * 2n <= amount);
