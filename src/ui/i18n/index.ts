// t('home.pay') → the words of the present language. One language so far; the keys are typed by its catalogue.
import { en } from './en.ts';

export type Key = keyof typeof en;

/** The text of a key with its {placeholders} filled in. */
export const t = (key: Key, values: Record<string, string | number> = {}): string =>
  en[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
