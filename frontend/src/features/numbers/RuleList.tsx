/** Rules that rewrite how numbers begin; the first that fits counts. */
import { NumberInput, TextInput } from '@mantine/core';

import type { NumberRule } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { Lines } from '../../ui/form/Lines';

interface Props {
  label: string;
  rules: NumberRule[];
  change: (rules: NumberRule[]) => void;
  disabled: boolean;
}

const FRESH: NumberRule = { begins: '', becomes: '', digits: null };

export function RuleList({ label, rules, change, disabled }: Props) {
  const { t } = useWords();
  return (
    <Lines
      label={label}
      lines={rules}
      change={change}
      disabled={disabled}
      fresh={FRESH}
      none={t('numbers.no_rules')}
      add={t('numbers.add_rule')}
      nameOf={(rule) => ruleWords(t, rule)}
      least="112px"
    >
      {(rule, put) => (
        <>
          <TextInput
            label={t('numbers.begins')}
            value={rule.begins}
            onChange={(event) => put({ begins: event.currentTarget.value })}
          />
          <NumberInput
            label={t('numbers.digits')}
            placeholder={t('numbers.any')}
            min={1}
            max={32}
            hideControls
            value={rule.digits ?? ''}
            onChange={(digits) => put({ digits: typeof digits === 'number' ? digits : null })}
          />
          <TextInput
            label={t('numbers.becomes')}
            placeholder={t('numbers.taken_off')}
            value={rule.becomes}
            onChange={(event) => put({ becomes: event.currentTarget.value })}
          />
        </>
      )}
    </Lines>
  );
}

export function ruleWords(t: Words, rule: NumberRule): string {
  const from = rule.begins;
  const to = rule.becomes;
  return rule.digits
    ? t('numbers.rule_of_length', { from, to, digits: rule.digits })
    : t('numbers.rule', { from, to });
}
