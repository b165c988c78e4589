/** What the wizard's step about numbers sends of the section `[company]`. Pure. */
import type { Language, SettingsSection } from '../../api/types';

/** As it is set; where nobody ever set it, the language of whoever sets the company up. */
export function languageAtFirst(section: SettingsSection, spoken: Language): Language {
  const free = section.version === 0 && !section.fixed.includes('language');
  return free ? spoken : (section.values.language as Language);
}

/**
 * The whole section, because what is left out has its default again: what the step does not show stays as it is, and
 * what the file sets is left out, because the server refuses it.
 */
export function companyValues(
  section: SettingsSection,
  typed: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...section.values, ...typed }).filter(([key]) => !section.fixed.includes(key)),
  );
}
