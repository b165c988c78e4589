import { useMay } from '../../app/rights';
import { GROUPS, type Group } from './sections';

/** The groups and pages that whoever is signed in may open. */
export function useSections(): Group[] {
  const may = useMay();
  return GROUPS.map((each) => ({
    ...each,
    sections: each.sections.filter(({ needs }) => needs === null || may(needs)),
  })).filter((each) => each.sections.length > 0);
}
