"""The dialplan that obeys what is set in Asterisk's database: do not disturb and forwarding, for a plain Asterisk.

FreePBX has a dialplan of its own for the same keys. On any other Asterisk an administrator writes `LINES` down once and
has the extensions of phones go through them, as `PHONE` shows; the lab's company does just that. Ringcard never adds
these by itself: they would do nothing without the administrator's own lines.

`RINGCARD_DIVERTED` on the caller's channel tells us what was done: `always,101,102`, `busy,…`, `no_answer,…` with to
whom, or `quiet,101`. Without it nobody could tell a forwarded call from one to the other phone.

Source: Asterisk 22.10 and 16.28: Gosub, StackPop and Return of app_stack; tried on both.
"""

from __future__ import annotations

CONTEXT = "ringcard-ways"
MARKER = "v1"
"""An extension that is there if the lines are, in this version."""

LINES = """\
[ringcard-ways]
exten => ring,1,Set(LOCAL(kind)=always)
 same => n,Set(LOCAL(to)=${DB(CF/${ARG1})})
 same => n,GotoIf($["${to}"!=""]?forward,1)
 same => n,GotoIf($["${DB(DND/${ARG1})}"=""]?stays,1)
 same => n,Set(RINGCARD_DIVERTED=quiet,${ARG1})
 same => n,Set(DIALSTATUS=BUSY)
 same => n,Return(quiet)
exten => rang,1,GotoIf($["${DIALSTATUS}"="ANSWER"]?stays,1)
 same => n,Set(LOCAL(kind)=${IF($["${DIALSTATUS}"="BUSY"]?busy:no_answer)})
 same => n,Set(LOCAL(to)=${DB(${IF($["${kind}"="busy"]?CFB:CFU)}/${ARG1})})
 same => n,GotoIf($["${to}"!=""]?forward,1:stays,1)
exten => forward,1,GotoIf($[0${RINGCARD_FORWARDS}>=5]?stays,1)
 same => n,Set(__RINGCARD_FORWARDS=$[0${RINGCARD_FORWARDS}+1])
 same => n,Set(RINGCARD_DIVERTED=${kind},${ARG1},${to})
 same => n,Set(RINGCARD_GOES_TO=${ARG2},${to},1)
 same => n,StackPop()
 same => n,Goto(${RINGCARD_GOES_TO})
exten => stays,1,Return(stays)
exten => v1,1,NoOp()
"""


def phone(dial: str, context: str, *, pattern: str = "_1XX", device: str = "${EXTEN}") -> str:
    """The lines of an extension that rings phones by `dial`, whose owners dial in `context`; what it does when nobody
    answers comes after them.
    """
    return f"""\
exten => {pattern},1,Gosub(ringcard-ways,ring,1({device},{context}))
 same => n,GotoIf($["${{GOSUB_RETVAL}}"="quiet"]?rang)
 same => n,{dial}
 same => n(rang),Gosub(ringcard-ways,rang,1({device},{context}))
"""


PHONE = phone("Dial(PJSIP/${EXTEN},30,tT)", "from-internal") + " same => n,VoiceMail(${EXTEN}@default,u)\n"
"""An example, as the documentation and the wizard have it."""
