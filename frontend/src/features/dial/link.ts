/** The number in a link, as somebody would have written it: `tel:+7-495-919-55-57;ext=12` is `+7-495-919-55-57`. */

const SCHEME = /^(?:tel|callto|web\+callto):(?:\/\/)?/i;
/** As long as the server reads. */
const LONGEST = 60;

export function numberOfLink(link: string): string {
  let text = link.trim();
  const scheme = SCHEME.exec(text);
  if (scheme) {
    text = text.slice(scheme[0].length).replace(/[;?#].*$/s, '');
    try {
      text = decodeURIComponent(text);
    } catch {
      // Half an escape: what is there is shown, and the server says that it is no number.
    }
  }
  return text.trim().slice(0, LONGEST);
}
