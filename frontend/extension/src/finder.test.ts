import { describe, expect, it } from 'vitest';

import { find, isRead, numbersIn } from './finder';

function page(html: string): string[] {
  document.body.innerHTML = html;
  return [...find(document.body, 'RU')].flatMap((found) => (found ? [String(found.range)] : []));
}

describe('numbers in a text', () => {
  it('are found as people write them', () => {
    const text = 'Звоните 8 (495) 919-55-57, +7 926 555 01 01 или 8-800-555-35-35; London +44 20 7946 0958';
    expect(numbersIn(text, 'RU').map(({ number }) => number)).toEqual([
      '+74959195557',
      '+79265550101',
      '+78005553535',
      '+442079460958',
    ]);
    expect(numbersIn('020 7946 0958', 'GB').map(({ number }) => number)).toEqual(['+442079460958']);
  });

  it('are not what only looks like one', () => {
    for (const text of [
      'Заказ 1042 от 19.11.2026 на 84 300 руб.',
      'ИНН 7707083893, КПП 770701001',
      'карта 4276 1234 5678 9012',
      '2026-11-28 12:35:06',
      '84 300 000 000',
      'build 1234567',
      '919-55-57',
    ])
      expect(numbersIn(text, 'RU')).toEqual([]);
  });
});

describe('numbers in a page', () => {
  it('are found in text, and where tags cut them', () => {
    expect(page('<p>тел. 8 (495) 919-55-57</p>')).toEqual(['8 (495) 919-55-57']);
    expect(page('<p>тел. <b>+7 495</b> <i>919</i>-55-57, факс</p>')).toEqual(['+7 495 919-55-57']);
    expect(page('<table><tr><td>+7 495</td><td>919-55-57</td></tr></table>')).toEqual([]);
    expect(page('<div>+7 495<br>919-55-57</div>')).toEqual([]);
    expect(page('<span>+7 495 919-55-57</span><span>2 шт</span>')).toEqual(['+7 495 919-55-57']);
  });

  it('are left alone in fields, links, buttons, scripts and what may be edited', () => {
    const number = '+7 495 919-55-57';
    for (const html of [
      `<textarea>${number}</textarea>`,
      `<a href="/x">${number}</a>`,
      `<button>${number}</button>`,
      `<script>${number}</script>`,
      `<style>${number}</style>`,
      `<noscript>${number}</noscript>`,
      `<select><option>${number}</option></select>`,
      `<div role="textbox"><p>${number}</p></div>`,
    ])
      expect(page(html), html).toEqual([]);
    document.body.innerHTML = `<div role="textbox"><p id="in">${number}</p></div><p id="out">${number}</p>`;
    expect([...document.querySelectorAll('p')].map(isRead)).toEqual([false, true]);
  });

  it('are found without a change to the page', () => {
    const html = '<p>тел. <b>+7 495</b> 919-55-57</p>';
    page(html);
    expect(document.body.innerHTML).toBe(html);
  });
});
