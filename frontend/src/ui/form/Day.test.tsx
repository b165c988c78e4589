import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, it } from 'vitest';

import { startWords } from '../../i18n';
import { Day } from './Day';
import { When } from './When';

function Form() {
  const [day, setDay] = useState('1985-12-01');
  const [when, setWhen] = useState<Date | null>(null);
  return (
    <>
      <Day label="day" value={day} onChange={setDay} />
      <output>{day}</output>
      <When label="when" value={when} onChange={setWhen} />
    </>
  );
}

const shown = async (): Promise<{
  field: HTMLInputElement;
  when: HTMLInputElement;
  kept: () => string | null;
}> => {
  await startWords('ru');
  render(
    <MantineProvider>
      <Form />
    </MantineProvider>,
  );
  return {
    field: screen.getByLabelText('day'),
    when: screen.getByLabelText('when'),
    kept: () => screen.getByRole('status').textContent,
  };
};

afterEach(cleanup);

it('is typed in the language of the screen, and kept as the server wants it', async () => {
  const { field, kept } = await shown();
  expect(field.value).toBe('01.12.1985');
  fireEvent.change(field, { target: { value: '1.2.26' } });
  expect(field.value).toBe('1.2.26');
  expect(kept()).toBe('2026-02-01');
  fireEvent.blur(field);
  expect(field.value).toBe('01.02.2026');
  fireEvent.change(field, { target: { value: '' } });
  expect(kept()).toBe('');
});

it('loses nothing that is no day, and says so once it is left', async () => {
  const { field, kept } = await shown();
  fireEvent.change(field, { target: { value: '31.02.2026' } });
  expect(field.getAttribute('aria-invalid')).not.toBe('true');
  fireEvent.blur(field);
  expect([field.value, kept()]).toEqual(['31.02.2026', '31.02.2026']);
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByText('Напишите день: 31.12.2026')).toBeTruthy();
});

it('is chosen from the calendar of the browser', async () => {
  const { field, when, kept } = await shown();
  const [days, moments] = document.querySelectorAll<HTMLInputElement>('input[aria-hidden]');
  if (!days || !moments) throw new Error('there are two calendars');
  expect(screen.getAllByRole('button', { name: 'Выбрать в календаре' })).toHaveLength(2);
  expect([days.type, days.value, moments.type]).toEqual(['date', '1985-12-01', 'datetime-local']);
  fireEvent.change(field, { target: { value: 'завтра' } });
  fireEvent.change(days, { target: { value: '2026-12-31' } });
  expect([field.value, kept()]).toEqual(['31.12.2026', '2026-12-31']);
  fireEvent.change(moments, { target: { value: '2026-12-31T09:05' } });
  expect(when.value).toBe('чт 31.12.2026 09:05');
});

it('a time that is over, or cannot be read, is marked once it is left', async () => {
  const { when } = await shown();
  for (const text of ['01.12.2001 09:00', '5.12 15']) {
    fireEvent.change(when, { target: { value: text } });
    expect(when.getAttribute('aria-invalid')).not.toBe('true');
    fireEvent.blur(when);
    expect(when.getAttribute('aria-invalid')).toBe('true');
  }
  fireEvent.change(when, { target: { value: '01.12.2099 09:00' } });
  fireEvent.blur(when);
  expect(when.getAttribute('aria-invalid')).not.toBe('true');
});
