// Rows as JSON text: bigint becomes {"$n": "123"}. Rows in a backup hold no bytes.

const TAG = '$n';

const pack = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { [TAG]: value.toString() } : value;

function unpack(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { [TAG]: digits, ...rest } = value as Record<string, unknown>;
  const lone = typeof digits === 'string' && Object.keys(rest).length === 0;
  return lone && /^-?\d{1,30}$/.test(digits) ? BigInt(digits) : value;
}

export const toText = (value: unknown): string => JSON.stringify(value, pack);

/** @throws SyntaxError for what is no JSON */
export const fromText = (text: string): unknown => JSON.parse(text, unpack) as unknown;
