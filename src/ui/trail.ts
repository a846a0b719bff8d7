// Where the keyboard was on each level above this one: who comes back stands where they left, not at the top.

const BRIEFLY_MS = 1000;

/** What a control says is what it is known by: the screens are drawn anew, the elements are others. */
const said = (element: Element | null): string =>
  element?.getAttribute('aria-label') ?? element?.textContent ?? '';

/** Focuses the control that says this, as soon as it is there, unless the person has moved on meanwhile. */
function find(name: string): void {
  const end = performance.now() + BRIEFLY_MS;
  const look = (): void => {
    const { activeElement } = document;
    if (activeElement !== document.body && activeElement?.tagName !== 'H1') return;
    const found = [...document.querySelectorAll<HTMLElement>('button, summary')].find(
      (e) => said(e) === name,
    );
    if (found) found.focus();
    else if (performance.now() < end) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Call before each step from one level to another, with the names of both. */
export function createTrail(): (from: string, to: string) => void {
  let above: { at: string; name: string }[] = [];
  return (from, to) => {
    const back = above.findLastIndex(({ at }) => at === to);
    if (back < 0) {
      above.push({ at: from, name: said(document.activeElement) });
      return;
    }
    const { name } = above[back]!;
    above = above.slice(0, back);
    if (name !== '') find(name);
  };
}
