/** Whom a phone is forwarded to, as people are named. Pure. */
import type { Device } from '../../api/types';

const names = new WeakMap<object, ReadonlyMap<string, string>>();

/** Who sits at each phone; counted once for each state of the devices, however many rows ask. */
function namesAt(devices: Readonly<Record<string, Device>>): ReadonlyMap<string, string> {
  let found = names.get(devices);
  if (!found) {
    const at = new Map<string, string>();
    for (const each of Object.values(devices)) if (each.employee) at.set(each.device, each.employee.name);
    names.set(devices, (found = at));
  }
  return found;
}

/** `Boris Lebedev (102)`, or what the phone system says; null: not forwarded, or nobody knows to whom. */
export function forwardedTo(
  devices: Readonly<Record<string, Device>>,
  device: Device | undefined,
): string | null {
  const to = device?.state === 'forwarded' ? device.forwarded_to : null;
  if (to === null) return null;
  const name = namesAt(devices).get(to);
  return name === undefined ? to : `${name} (${to})`;
}
