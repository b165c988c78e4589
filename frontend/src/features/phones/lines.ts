/** The dialplan's lines, for where ringcard listens. The same as in docs/howto/sign-in-at-a-phone.md. */
export interface Listening {
  host: string;
  port: number;
}

const address = ({ host, port }: Listening): string =>
  `agi://${host.includes(':') ? `[${host}]` : host}:${port}`;

export function signInLines(where: Listening): string {
  const agi = address(where);
  return `exten => *22,1,Answer()
 same => n,AGI(${agi}/sign-in)
 same => n,Hangup()
exten => _*22X.,1,Answer()
 same => n,AGI(${agi}/sign-in,\${EXTEN:3})
 same => n,Hangup()
exten => *23,1,Answer()
 same => n,AGI(${agi}/sign-out)
 same => n,Hangup()
`;
}

export function nameLines(where: Listening): string {
  return ` same => n,AGI(${address(where)}/caller-name)
`;
}
