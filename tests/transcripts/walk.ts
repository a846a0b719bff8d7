// Going through every message of a call, nested ones too.
import type { Message } from '@bufbuild/protobuf';

type Values = Record<string, unknown>;

const isMessage = (value: unknown): value is Message & Values =>
  typeof value === 'object' && value !== null && '$typeName' in value;

/** The message and everything inside it. */
export function messagesIn(value: unknown): Array<Message & Values> {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value)
    .filter(([key]) => !key.startsWith('$'))
    .flatMap(([, v]) => messagesIn(v));
  return isMessage(value) ? [value, ...inner] : inner;
}

/** Those of one type, by its proto name without the package. */
export const ofType = <T extends Message>(values: readonly unknown[], name: string): T[] =>
  values.flatMap((v) => messagesIn(v)).filter((m) => m.$typeName.endsWith(`.${name}`)) as unknown as T[];
