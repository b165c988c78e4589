import { describe, expect, it } from 'vitest';

import { planOf, valueOf, valuesOf } from './plan';

const kept = {
  name: 'company',
  version: 3,
  values: {
    region: 'RU',
    area_code: null,
    devices: '101-106',
    national_prefix: null,
    international_prefix: '810',
    outside_prefix: '9',
    dial: 'national',
    incoming: [{ begins: '98', becomes: '8', digits: null }],
    outgoing: [],
    language: 'ru',
    number_places: true,
  },
  defaults: {},
  fixed: [],
  secrets: [],
  editable: true,
};

describe('the plan on a form', () => {
  it('comes back as the server had it', () => {
    expect(valuesOf(valueOf(kept))).toEqual(kept.values);
  });

  it('says nothing where the field is empty, and blanks are nothing', () => {
    const value = { ...valueOf(kept), international_prefix: '  ', area_code: ' 495 ' };
    expect(valuesOf(value)).toMatchObject({ international_prefix: null, area_code: '495' });
  });

  it('is tried without what is no plan', () => {
    const plan = planOf(valueOf(kept));
    expect(plan).not.toHaveProperty('language');
    expect(plan).toMatchObject({ region: 'RU', outside_prefix: '9', incoming: [{ begins: '98' }] });
  });
});
