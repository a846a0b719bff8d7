// Lightning addresses (LUD-16): `user@host`, an internet identifier whose host answers LNURL-pay.

export interface LightningAddress {
  /** `user@host`, lower case. */
  text: string;
  user: string;
  host: string;
}

const FORM = /^([a-z0-9_.+-]{1,64})@((?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}|localhost)(:\d{1,5})?$/;

/** Parses `user@host`; undefined when the text is something else. Upper case is folded (QR codes write it). */
export function parseLightningAddress(text: string): LightningAddress | undefined {
  if (text.length > 320) return undefined;
  const lower = text.toLowerCase();
  const found = FORM.exec(lower);
  const [, user, host, port = ''] = found ?? [];
  return user === undefined || host === undefined ? undefined : { text: lower, user, host: host + port };
}
