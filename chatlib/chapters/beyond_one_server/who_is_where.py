"""A picture of who is connected to what, now: members, chat servers, NATS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from chatlib.chapters.beyond_one_server.chat_programs import ChatProgram
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.panels.canvas import Picture
from chatlib.panels.chat_panel import ChatPanel

WIDTH, HEIGHT, BOX = 640, 220, 140
ROWS = (20, 105, 190)  # where members, servers and NATS stand
HEADS = ("member", "is connected to", "which is connected to")


def who_is_where(
    servers: Sequence[ChatProgram], nats: Nats, panels: Iterable[ChatPanel]
) -> Picture:
    """Draw who is connected to what at this moment.

    Args:
        servers: The chat servers.
        nats: What they share.
        panels: The members.
    """
    places = {panel.name: _server_of(panel, servers) for panel in panels}
    nodes = [(node.name, node.running) for node in nats.nodes] or [("NATS", True)]
    if len(nodes) == 1:
        nodes = [("NATS", nodes[0][1])]
    members = _spread([(name, True) for name in places], ROWS[0])
    chats = _spread([(f"server {each.name}", each.running) for each in servers], ROWS[1])
    engines = _spread(nodes, ROWS[2])
    lines = [
        (members[name], chats[f"server {server.name}"])
        for name, server in places.items()
        if server is not None
    ]
    reached = any(running for _, running in nodes)
    for each in servers:
        if each.running and reached:
            lines += [(chats[f"server {each.name}"], engine) for engine in engines.values()][:1]
    drawn = "".join(_line(*ends) for ends in lines)
    alive = {**dict.fromkeys(places, True), **{f"server {s.name}": s.running for s in servers}}
    alive.update(nodes)
    for name, (x, y) in {**members, **chats, **engines}.items():
        drawn += _box(name, x, y, alive=alive[name])
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg"'
        f' font-family="sans-serif" font-size="14" fill="currentColor">{drawn}</svg>'
    )
    rows = [(name, *_words(server, reached)) for name, server in places.items()]
    said = "; ".join(f"{name} is connected to {server}" for name, server, _ in rows)
    dead = [name for name, running in alive.items() if not running]
    description = f"{said}. Not running: {', '.join(dead) or 'nothing'}."
    return Picture(svg, description, HEADS, rows)


def _server_of(panel: ChatPanel, servers: Sequence[ChatProgram]) -> ChatProgram | None:
    if panel.state != "open" or panel.client is None:
        return None
    port = panel.client.local_port
    return next((each for each in servers if each.tap.trace_of(port) is not None), None)


def _words(server: ChatProgram | None, reached: bool) -> tuple[str, str]:
    if server is None:
        return "nothing", ""
    return f"server {server.name}", "NATS" if reached else "nothing"


def _spread(named: Sequence[tuple[str, bool]], y: int) -> dict[str, tuple[float, int]]:
    step = WIDTH / max(1, len(named))
    return {name: (step * (place + 0.5), y) for place, (name, _) in enumerate(named)}


def _line(upper: tuple[float, int], lower: tuple[float, int]) -> str:
    (x1, y1), (x2, y2) = upper, lower
    return f'<line x1="{x1}" y1="{y1 + 20}" x2="{x2}" y2="{y2 - 16}" stroke="currentColor"/>'


def _box(name: str, x: float, y: int, *, alive: bool) -> str:
    look = "" if alive else ' stroke-dasharray="4 4"'
    words = escape(name) if alive else f"{escape(name)}: stopped"
    return (
        f'<rect x="{x - BOX / 2}" y="{y - 16}" width="{BOX}" height="36" rx="6" fill="none"'
        f' stroke="currentColor"{look}/>'
        f'<text x="{x}" y="{y + 7}" text-anchor="middle">{words}</text>'
    )
