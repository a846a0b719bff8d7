// Long identifiers cut to what a person can compare: the beginning and the end.

/** `tark1qqq…9xyz`. Text of up to `keep * 2 + 3` characters stays whole. */
export const shorten = (text: string, keep = 10): string =>
  text.length <= keep * 2 + 3 ? text : `${text.slice(0, keep)}…${text.slice(-keep)}`;
