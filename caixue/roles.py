"""Who may note what: every act in a ledger has an actor, every actor a role, and roles are given kinds of events."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import nearest

NURSE, ENGINEER, HEAD, MAKER, HOSPITAL, SYSTEM, POST = "nurse", "engineer", "head", "maker", "hospital", "system", "post"
ROLES: Mapping[str, str] = {
    NURSE: "护士",
    ENGINEER: "驻场工程师",
    HEAD: "科室负责人",
    MAKER: "厂家",
    HOSPITAL: "院方",
    SYSTEM: "系统",
    POST: "岗位",
}
PORTER = "porter"  # who carries specimens while the belt stands
SYSTEM_ACTORS = frozenset({"caixue", "monitor", "rule", "room", "agent", "caller"})

# Kinds of events (patterns) → the roles that may note them; the first that fits decides. What is not named, anybody on duty may note.
MAY: tuple[tuple[str, frozenset[str]], ...] = (
    ("incident.opened", frozenset({NURSE, ENGINEER, HEAD, HOSPITAL, SYSTEM, POST})),
    ("incident.merged", frozenset({NURSE, ENGINEER, HEAD, HOSPITAL, SYSTEM, POST})),
    ("incident.reclassified", frozenset({ENGINEER, HEAD, SYSTEM})),
    ("incident.paused", frozenset({ENGINEER, HEAD, HOSPITAL, SYSTEM})),
    ("incident.resumed", frozenset({ENGINEER, HEAD, HOSPITAL, SYSTEM})),
    ("incident.*", frozenset({ENGINEER})),
    ("remote.authorised", frozenset({HEAD, HOSPITAL})),
    ("hospital.*", frozenset({HEAD, HOSPITAL})),
    ("probe.*", frozenset({ENGINEER, SYSTEM})),
    ("circuit.*", frozenset({ENGINEER, HOSPITAL})),
    ("instruction.*", frozenset({ENGINEER, HEAD, HOSPITAL})),
    ("delivery.signed", frozenset({HEAD, NURSE})),  # the user signs, never the one who delivers
    ("spare.signed", frozenset({HEAD, NURSE})),
    ("leave.granted", frozenset({HEAD})),
    ("stock.received", frozenset({ENGINEER, HEAD, NURSE, SYSTEM})),  # what a delivery brings comes in with the user's signature
    ("stock.*", frozenset({ENGINEER, SYSTEM})),
    ("calibration.*", frozenset({ENGINEER})),
    ("inspection.finding-closed", frozenset({ENGINEER, HEAD})),
    ("inspection.*", frozenset({ENGINEER})),
    ("part.*", frozenset({ENGINEER})),
    ("attendance.corrected", frozenset({HEAD})),
    ("conduct.opened", frozenset({NURSE, ENGINEER, HEAD, HOSPITAL})),
    ("conduct.*", frozenset({HEAD, HOSPITAL})),
    ("export.allowed", frozenset({HEAD, HOSPITAL})),
    ("export.refused", frozenset({HEAD, HOSPITAL})),
    ("export.destroyed", frozenset({HEAD, HOSPITAL})),  # in the name of who has seen it
    ("export.returned", frozenset({HEAD, HOSPITAL})),
    ("exception.allowed", frozenset({HEAD, HOSPITAL})),
    ("exception.refused", frozenset({HEAD, HOSPITAL})),
    ("training.*", frozenset({ENGINEER, HEAD, MAKER})),
    ("feedback.answered", frozenset({ENGINEER, HEAD, HOSPITAL})),
    ("feedback.improved", frozenset({ENGINEER, HEAD})),
    ("plan.approved", frozenset({HEAD})),
    ("plan.*", frozenset({ENGINEER, HEAD})),
    ("drill.*", frozenset({ENGINEER, HEAD})),
    ("exemption.*", frozenset({HEAD})),
    ("patch.approved", frozenset({HEAD})),  # with a passing verdict of the twin (R5.5)
    ("patch.rejected", frozenset({HEAD})),
    ("patch.opened", frozenset({ENGINEER, HEAD, MAKER})),
    ("patch.closed", frozenset({ENGINEER, HEAD})),
    ("patch.*", frozenset({ENGINEER})),
    ("change.approved", frozenset({HEAD})),
    ("change.declined", frozenset({HEAD, MAKER})),
    ("change.opened", frozenset({NURSE, ENGINEER, HEAD, HOSPITAL})),
    ("change.answered", frozenset({ENGINEER, MAKER})),
    ("change.closed", frozenset({ENGINEER, HEAD, NURSE})),
    ("change.*", frozenset({ENGINEER})),
    ("discontinued.*", frozenset({ENGINEER, HEAD, MAKER})),
    ("commissioning.accepted", frozenset({HEAD, NURSE})),  # the user signs, never the engineer (R5.1)
    ("commissioning.refused", frozenset({HEAD, NURSE})),
    ("commissioning.vouched", frozenset({NURSE, ENGINEER, HEAD})),
    ("commissioning.*", frozenset({ENGINEER})),
    ("software.*", frozenset({ENGINEER, SYSTEM})),
    ("entry.corrected", frozenset({ENGINEER, HEAD})),
    ("arming.*", frozenset({ENGINEER, HEAD})),
    ("medium.*", frozenset({ENGINEER, HEAD})),
    ("backup.*", frozenset({ENGINEER, HEAD})),
    ("cache.*", frozenset({ENGINEER, HEAD})),
    ("ledger.restored", frozenset({ENGINEER, HEAD})),
    ("month.cut-off", frozenset({ENGINEER, HEAD})),
    ("month.drafted", frozenset({ENGINEER, HEAD})),
    ("improvement.*", frozenset({ENGINEER, HEAD})),
    ("month.*", frozenset({HEAD})),  # the user signs, or does not
    ("day.counted", frozenset({ENGINEER, SYSTEM})),
    ("ledger.*", frozenset({ENGINEER, HEAD, SYSTEM})),
)
# Somebody of whom only the post is known, such as the nurse at a window, may call and carry, and nothing else.
POST_MAY = ("incident.opened", "incident.merged", "call.received", "porter.*")


def role_of(actor: str, people: Mapping[str, str]) -> str:
    """The role of `actor`: a person of the site (name → role), a part of the software, or a post: the nurse at a window, the porter.

    Raises UsageError for anybody else, with the nearest name.
    """
    if actor in people:
        return people[actor]
    if actor in SYSTEM_ACTORS:
        return SYSTEM
    if actor in (NURSE, PORTER) or actor.startswith("nurse at "):
        return POST
    known = tr("现场文件里没有这个人", "the site file knows nobody of that name")
    raise UsageError(f"{actor!r}: {known}{nearest(actor, people)}")


def allow(kind: str, actor: str, role: str) -> None:
    """Raises UsageError when a person of that role may not note such an event."""
    if role == POST and not any(fnmatchcase(kind, pattern) for pattern in POST_MAY):
        raise UsageError(tr(f"{actor} 是岗位，不是人；{kind} 要由本人署名", f"{actor} is a post and no person; {kind} needs a name"))
    for pattern, roles in MAY:
        if fnmatchcase(kind, pattern):
            if role not in roles:
                wanted = "、".join(ROLES[each] for each in ROLES if each in roles)
                english = ", ".join(each for each in ROLES if each in roles)
                raise UsageError(
                    tr(f"{actor}（{ROLES[role]}）无权记录 {kind}；可以的是：{wanted}", f"{actor} ({role}) may not note {kind}; these may: {english}")
                )
            return
