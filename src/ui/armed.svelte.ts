// Guards the one button that moves money against clicks and keys meant for something else: it arms 500 ms after the
// window is visible and focused, and again after each return of either.

const ARM_MS = 500;

/** Call while a component is set up. `again` is read reactively: a change of it disarms, too (the next request). */
export function createArming(again: () => unknown): { readonly armed: boolean } {
  let armed = $state(false);
  $effect(() => {
    again();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = (): void => {
      armed = false;
      clearTimeout(timer);
      if (document.visibilityState === 'visible') timer = setTimeout(() => (armed = true), ARM_MS);
    };
    const disarm = (): void => {
      armed = false;
      clearTimeout(timer);
    };
    restart();
    window.addEventListener('focus', restart);
    window.addEventListener('blur', disarm);
    document.addEventListener('visibilitychange', restart);
    return () => {
      disarm();
      window.removeEventListener('focus', restart);
      window.removeEventListener('blur', disarm);
      document.removeEventListener('visibilitychange', restart);
    };
  });
  return {
    get armed() {
      return armed;
    },
  };
}
