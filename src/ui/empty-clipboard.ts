/** Puts a blank where the words were. Not the asynchronous clipboard: that one wants a page with the focus. */
export function emptyClipboard(page: Document): void {
  page.addEventListener(
    'copy',
    (event) => {
      event.clipboardData?.setData('text/plain', ' ');
      event.preventDefault();
    },
    { once: true },
  );
  page.execCommand('copy');
}
