/** The dialplan's lines, for where ringcard listens (as docs/howto/sign-in-at-a-phone.md has them), and others. */
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

/** What obeys do not disturb and forwarding in a plain Asterisk. The same as in docs/howto/call-control.md. */
export const waysLines = `[ringcard-ways]
exten => ring,1,Set(LOCAL(kind)=always)
 same => n,Set(LOCAL(to)=\${DB(CF/\${ARG1})})
 same => n,GotoIf($["\${to}"!=""]?forward,1)
 same => n,GotoIf($["\${DB(DND/\${ARG1})}"=""]?stays,1)
 same => n,Set(RINGCARD_DIVERTED=quiet,\${ARG1})
 same => n,Set(DIALSTATUS=BUSY)
 same => n,Return(quiet)
exten => rang,1,GotoIf($["\${DIALSTATUS}"="ANSWER"]?stays,1)
 same => n,Set(LOCAL(kind)=\${IF($["\${DIALSTATUS}"="BUSY"]?busy:no_answer)})
 same => n,Set(LOCAL(to)=\${DB(\${IF($["\${kind}"="busy"]?CFB:CFU)}/\${ARG1})})
 same => n,GotoIf($["\${to}"!=""]?forward,1:stays,1)
exten => forward,1,GotoIf($[0\${RINGCARD_FORWARDS}>=5]?stays,1)
 same => n,Set(__RINGCARD_FORWARDS=$[0\${RINGCARD_FORWARDS}+1])
 same => n,Set(RINGCARD_DIVERTED=\${kind},\${ARG1},\${to})
 same => n,Set(RINGCARD_GOES_TO=\${ARG2},\${to},1)
 same => n,StackPop()
 same => n,Goto(\${RINGCARD_GOES_TO})
exten => stays,1,Return(stays)
exten => v1,1,NoOp()
`;

/** How the extensions of phones go through it. */
export const phoneLines = `exten => _1XX,1,Gosub(ringcard-ways,ring,1(\${EXTEN},from-internal))
 same => n,GotoIf($["\${GOSUB_RETVAL}"="quiet"]?rang)
 same => n,Dial(PJSIP/\${EXTEN},30,tT)
 same => n(rang),Gosub(ringcard-ways,rang,1(\${EXTEN},from-internal))
 same => n,VoiceMail(\${EXTEN}@default,u)
`;
