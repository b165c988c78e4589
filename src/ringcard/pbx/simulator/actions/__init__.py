"""What a program may ask of the simulator, who may, and who does it.

Responses, errors and the permission that each action needs are Asterisk 22.10's (manager.c, app_queue.c, res_parking,
res_pjsip, bridge manager actions; wording checked against the recordings and the binary's own messages).
"""

from __future__ import annotations

from ringcard.pbx.simulator.actions import agents, calls, state, values
from ringcard.pbx.simulator.session import Actions, ManagerSession

NONE: frozenset[str] = frozenset()
STATE = frozenset({"system", "reporting"})
CALL = frozenset({"call"})
SYSTEM = frozenset({"system"})
AGENT = frozenset({"agent"})
ACTIONS: Actions = {
    "Login": (NONE, ManagerSession.login),
    "Challenge": (NONE, ManagerSession.challenge),
    "Logoff": (NONE, ManagerSession.logoff),
    "Ping": (NONE, ManagerSession.ping),
    "Events": (NONE, ManagerSession.events),
    "Filter": (SYSTEM, ManagerSession.filter),
    "ListCommands": (NONE, ManagerSession.list_commands),
    "CoreSettings": (STATE, state.core_settings),
    "CoreStatus": (STATE, state.core_status),
    "CoreShowChannels": (STATE, state.core_show_channels),
    "Status": (frozenset({"system", "call", "reporting"}), state.status),
    "BridgeList": (STATE, state.bridge_list),
    "BridgeInfo": (STATE, state.bridge_info),
    "QueueStatus": (NONE, state.queue_status),
    "DeviceStateList": (frozenset({"call", "reporting"}), state.device_state_list),
    "ExtensionStateList": (frozenset({"call", "reporting"}), state.extension_state_list),
    "PJSIPShowEndpoints": (SYSTEM, state.show_endpoints),
    "PJSIPShowContacts": (SYSTEM, state.show_contacts),
    "Parkinglots": (NONE, state.parking_lots),
    "ParkedCalls": (NONE, state.parked_calls),
    "Originate": (frozenset({"originate"}), calls.originate),
    "Redirect": (CALL, calls.redirect),
    "BlindTransfer": (CALL, calls.blind_transfer),
    "Atxfer": (CALL, calls.atxfer),
    "CancelAtxfer": (CALL, calls.cancel_atxfer),
    "PlayDTMF": (CALL, calls.play_dtmf),
    "Park": (CALL, calls.park),
    "PJSIPNotify": (SYSTEM, calls.pjsip_notify),
    "DialplanExtensionAdd": (SYSTEM, values.dialplan_add),
    "Hangup": (frozenset({"system", "call"}), calls.hangup),
    "Getvar": (frozenset({"call", "reporting"}), values.get_variable),
    "Setvar": (CALL, values.set_variable),
    "DBPut": (SYSTEM, values.database_put),
    "DBDel": (SYSTEM, values.database_delete),
    "DBGet": (frozenset({"system", "reporting"}), values.database_get),
    "DBGetTree": (frozenset({"system", "reporting"}), values.database_tree),
    "UserEvent": (frozenset({"user"}), values.user_event),
    "MixMonitor": (frozenset({"system", "call"}), calls.mix_monitor),
    "StopMixMonitor": (frozenset({"system", "call"}), calls.stop_mix_monitor),
    "QueueAdd": (AGENT, agents.queue_add),
    "QueueRemove": (AGENT, agents.queue_remove),
    "QueuePause": (AGENT, agents.queue_pause),
}
"""As ListCommands spells them: the permissions of which one is needed (none: everybody may), and who does it."""
