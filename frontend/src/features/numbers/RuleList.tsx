/** Rules that rewrite how numbers begin; the first that fits counts. */
import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';

import type { NumberRule } from '../../api/types';
import { useWords, type Words } from '../../i18n';
import { toast } from '../../ui/toasts';
import styles from './numbers.module.css';

interface Props {
  label: string;
  rules: NumberRule[];
  change: (rules: NumberRule[]) => void;
  disabled: boolean;
}

export function RuleList({ label, rules, change, disabled }: Props) {
  const { t } = useWords();
  const put = (place: number, rule: Partial<NumberRule>) =>
    change(rules.map((each, index) => (index === place ? { ...each, ...rule } : each)));
  return (
    <fieldset className={styles.rules} disabled={disabled}>
      <legend>{label}</legend>
      {rules.length === 0 && <p className={styles.none}>{t('numbers.no_rules')}</p>}
      <ol>
        {rules.map((rule, place) => (
          <li key={place}>
            <TextInput
              label={t('numbers.begins')}
              value={rule.begins}
              onChange={(event) => put(place, { begins: event.currentTarget.value })}
            />
            <NumberInput
              label={t('numbers.digits')}
              placeholder={t('numbers.any')}
              min={1}
              max={32}
              hideControls
              value={rule.digits ?? ''}
              onChange={(digits) => put(place, { digits: typeof digits === 'number' ? digits : null })}
            />
            <TextInput
              label={t('numbers.becomes')}
              placeholder={t('numbers.taken_off')}
              value={rule.becomes}
              onChange={(event) => put(place, { becomes: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('numbers.remove_rule', { rule: ruleWords(t, rule) })}
              onClick={() => {
                change(rules.filter((_, index) => index !== place));
                toast(t('numbers.rule_removed'), () => change(rules));
              }}
            >
              <IconX size={16} aria-hidden="true" />
            </ActionIcon>
          </li>
        ))}
      </ol>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden="true" />}
        onClick={() => change([...rules, { begins: '', becomes: '', digits: null }])}
      >
        {t('numbers.add_rule')}
      </Button>
    </fieldset>
  );
}

export function ruleWords(t: Words, rule: NumberRule): string {
  const from = rule.begins;
  const to = rule.becomes;
  return rule.digits
    ? t('numbers.rule_of_length', { from, to, digits: rule.digits })
    : t('numbers.rule', { from, to });
}
