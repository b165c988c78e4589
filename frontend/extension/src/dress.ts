/** Light or dark, as the browser is; the colours are the desk's. */
export function dress(root: Document): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const put = (): void =>
    root.documentElement.setAttribute('data-mantine-color-scheme', dark.matches ? 'dark' : 'light');
  dark.addEventListener('change', put);
  put();
}
