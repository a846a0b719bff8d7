// The holder of coins that the server holds as spent, though not by us (recovery/elsewhere.ts). Not an action: nobody
// unlocks them.
export const ELSEWHERE = 'elsewhere';
