// Where in the popup somebody is: home, or one level below it.
export type Level =
  | { at: 'home' | 'pay' | 'receive' | 'settings' | 'sites' }
  | { at: 'detail'; of: { id: number } | { actionId: string } };
