/**
 * What is selected on the page and copied has its numbers as E.164. They are shown grouped for people, with blanks that
 * do not break, and a telephone, a spreadsheet or a CRM takes such a text for something else.
 */
import { withPlainNumbers } from '../format/phone';

export function copyNumbersPlain(document: Document): void {
  document.addEventListener('copy', (event) => {
    const field =
      event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]');
    const selected = document.getSelection()?.toString() ?? '';
    const plain = withPlainNumbers(selected);
    if (field || plain === selected || !event.clipboardData) return;
    event.clipboardData.setData('text/plain', plain);
    event.preventDefault();
  });
}
